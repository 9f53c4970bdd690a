"""How the C library keeps memory: less of it, for many threads that run for months."""

import ctypes

_M_ARENA_MAX = -8  # mallopt(3)
_M_MMAP_THRESHOLD = -3
_LARGE = 1 << 20


def share_one_arena() -> None:
    """Let all threads take their memory from one place.

    Otherwise glibc gives every thread an arena of its own, from which nothing freed by it goes to
    another thread: 2 MB per camera. Nobody here allocates often enough to wait for another.
    """
    _call("mallopt", _M_ARENA_MAX, 1)


def return_large_blocks() -> None:
    """Let every megabyte that is freed go back to the system at once.

    Otherwise the first large text of a checkpoint teaches glibc to keep as much for the next one.
    Not where there are cameras: their frames are megabytes, too, and come every 70 ms.
    """
    _call("mallopt", _M_MMAP_THRESHOLD, _LARGE)


def return_freed_memory() -> None:
    """Give back to the system what compiling the models has left behind: 5 to 10 MB."""
    _call("malloc_trim", 0)


def _call(name: str, *args: int) -> None:
    """Call a function of glibc; other C libraries have neither it nor the problem."""
    function = getattr(ctypes.CDLL(None), name, None)
    if function is not None:
        function(*args)
