"""Where hashes are made: in threads, two at a time, so that nobody can have memory filled."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from appliance.screens.http.refusals import Refusal

AT_ONCE = 2
MOST_WAITING = 16
"""Of whoever comes when more wait, it is asked to come back."""

_Result = TypeVar("_Result")


class HashWorkshop:
    """Runs what takes milliseconds and megabytes; used in the server's thread only."""

    def __init__(self) -> None:
        """Make the threads when they are needed."""
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="screens.hash")
        self._waiting = 0

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """Do something there.

        Raises:
            Refusal: Too many wait.
        """
        if self._waiting >= AT_ONCE + MOST_WAITING:
            raise Refusal(503, retry_after_s=1.0)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
