"""Log set-up: JSON lines under systemd, colours on a terminal.

Events, not prose, and never a child: arrays are refused whatever their key, so that no pixel,
landmark or embedding can reach the journal by mistake. What was decided about a student stands
under ``DECISION`` and is left out unless somebody asks for it: the journal knows neither erasure
nor retention, so it holds ids, which lead to the databases that do.
"""

import logging
import re
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from appliance.host.log_limit import LineLimit

_CREDENTIALS = re.compile(r"(?P<scheme>\w+://)[^/\s@]+@")


DECISION = "decision"
"""Key of a log line for whatever tells a student's state: a seat with its affect, a reason."""

LEFT_OUT = "lines_left_out"
"""Event that says how many lines of a cause the limit has kept back."""


class LogLevel(StrEnum):
    """How much is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def configure_logs(
    *,
    json_lines: bool | None = None,
    level: str = "info",
    stream: TextIO | None = None,
    decisions: bool = False,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Send structlog and the standard library's logging to one stream.

    Args:
        json_lines: One JSON object per line; None means when the stream is no terminal.
        level: Lowest level that is written.
        stream: Where to; None means standard error.
        decisions: Write what was decided about which seat, too.
        monotonic: Clock of the minutes in which lines are counted.
    """
    out = stream if stream is not None else sys.stderr
    as_json = not out.isatty() if json_lines is None else json_lines
    number = logging.getLevelNamesMapping()[level.upper()]
    limit = LineLimit(monotonic=monotonic)
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        refuse_arrays,
        hide_credentials,
        *(() if decisions else (hide_decisions,)),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[partial(_within, limit), *shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.addFilter(lambda record: limit.take(f"{record.name}: {record.msg}"))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))  # libraries speak only when something is wrong


def hide_decisions(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Take out what was decided about a student."""
    del logger, method
    event.pop(DECISION, None)
    return event


def refuse_arrays(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Replace anything that has a shape by its shape."""
    del logger, method
    return {key: _without_arrays(value) for key, value in event.items()}


def hide_credentials(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Cut user and password out of every URL."""
    del logger, method
    return {
        key: _CREDENTIALS.sub(r"\g<scheme>***@", value) if isinstance(value, str) else value
        for key, value in event.items()
    }


def _within(limit: LineLimit, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Drop what is beyond the limit, and say of minutes that have ended what they left out."""
    del logger, method
    if event["event"] == LEFT_OUT:
        return event
    for cause, lines in limit.over().items():
        structlog.get_logger().warning(LEFT_OUT, cause=cause, lines=lines)
    if not limit.take(str(event["event"])):
        raise structlog.DropEvent
    return event


def _without_arrays(value: Any) -> Any:  # noqa: ANN401 - a log value can be anything
    if shape := getattr(value, "shape", ()):
        return f"<array {tuple(shape)}>"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, dict):
        return {key: _without_arrays(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_arrays(item) for item in value]
    return value
