"""Memory for pictures in between, kept from frame to frame."""

import threading

import numpy as np

from appliance.domain.arrays import UInt8Array


class Scratch(threading.local):
    """Blocks of memory by name; each thread that comes by has its own.

    One for all seats is enough: what lies in it is used up before the thread looks at the next
    seat. Fresh memory costs a page fault every 4 KiB, as much as what is then done with it.
    """

    def __init__(self) -> None:
        """Begin without memory; called once per thread."""
        self._blocks: dict[str, UInt8Array] = {}

    def picture(self, name: str, *, height: int, width: int, channels: int) -> UInt8Array:
        """Return (height, width, channels) with arbitrary content.

        Args:
            name: What it is for; the same memory is given out again under the same name.
            height: Rows.
            width: Columns.
            channels: Bytes per pixel.
        """
        size = height * width * channels
        block = self._blocks.get(name)
        if block is None or block.size < size:
            block = self._blocks[name] = np.empty(size, dtype=np.uint8)
        return block[:size].reshape(height, width, channels)
