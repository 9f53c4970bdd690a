"""Keeps frames out of core dumps, also where systemd's settings do not apply."""

import ctypes
import os
import resource

_PR_SET_DUMPABLE = 4  # prctl(2)


def forbid_core_dumps() -> None:
    """Make this process undumpable, and unreadable for debuggers of the same user.

    ``RLIMIT_CORE`` alone is not enough: the kernel ignores it where core dumps are piped to a
    collector such as systemd-coredump (core(5)).

    Raises:
        OSError: The kernel refuses.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
