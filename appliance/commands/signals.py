"""How a command that runs for long is told to end."""

import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

STOPPING = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def stop_signal() -> Iterator[threading.Event]:
    """Give an event that SIGTERM and Ctrl-C set; the handlers are put back afterwards.

    A thread sets it, not a handler: Python runs handlers between two steps of the main thread,
    which may hold the event's own lock just then, and would wait for itself for ever.

    Source: https://docs.python.org/3/library/signal.html#signal.set_wakeup_fd
    """
    stop = threading.Event()
    reader, writer = socket.socketpair()
    writer.settimeout(0)  # as set_wakeup_fd demands
    listener = threading.Thread(
        target=_listen, args=(reader, stop), name="signals.stop", daemon=True
    )
    # In this order: a signal in between must not be swallowed.
    woken_before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    before = {number: signal.signal(number, _leave_to_listener) for number in STOPPING}
    listener.start()
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(woken_before)
        writer.close()
        listener.join()
        reader.close()


def _listen(reader: socket.socket, stop: threading.Event) -> None:
    while numbers := reader.recv(64):
        if any(number in numbers for number in STOPPING):
            stop.set()


def _leave_to_listener(_number: int, _frame: FrameType | None) -> None:
    """Keep the signal from ending the program."""


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
