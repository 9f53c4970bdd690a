"""How a command that runs for long is told to end."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


@contextmanager
def stop_signal() -> Iterator[threading.Event]:
    """Give an event that SIGTERM and Ctrl-C set; the handlers are put back afterwards."""
    stop = threading.Event()

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def cleaned_up() -> Iterator[None]:
    """Let SIGTERM end the program as Ctrl-C does, through every ``finally``."""

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        sys.exit(128 + number)  # as a shell reports it

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
