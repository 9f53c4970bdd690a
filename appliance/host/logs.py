"""Log set-up: JSON lines under systemd, colours on a terminal.

Events, not prose, and never a child: arrays are refused whatever their key, so that no pixel,
landmark or embedding can reach the journal by mistake.
"""

import logging
import re
import sys
from enum import StrEnum
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

_CREDENTIALS = re.compile(r"(?P<scheme>\w+://)[^/\s@]+@")


class LogLevel(StrEnum):
    """How much is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def configure_logs(
    *, json_lines: bool | None = None, level: str = "info", stream: TextIO | None = None
) -> None:
    """Send structlog and the standard library's logging to one stream.

    Args:
        json_lines: One JSON object per line; None means when the stream is no terminal.
        level: Lowest level that is written.
        stream: Where to; None means standard error.
    """
    out = stream if stream is not None else sys.stderr
    as_json = not out.isatty() if json_lines is None else json_lines
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        refuse_arrays,
        hide_credentials,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))  # libraries speak only when something is wrong


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
