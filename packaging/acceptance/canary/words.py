"""Finds pieces of the very bytes that a camera sent, eight at a time."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

WORD = 8
IN_A_ROW = 6
"""So many words of the same pictures side by side are a find: 48 bytes, of any 56 that leak."""

FEWEST_VALUES = 6
"""Different bytes in a word; fewer are padding, as it occurs everywhere."""

START_OF_SCAN = b"\xff\xda"
"""Before it stand tables that every JPEG has (ITU-T T.81, B.2.3)."""

Words = npt.NDArray[np.uint64]


class WordSearch:
    """Knows every word of some JPEG pictures."""

    def __init__(self, pictures: Iterable[bytes]) -> None:
        """Learn the words at every position of what is particular to each picture."""
        known = []
        for picture in pictures:
            body = picture[picture.index(START_OF_SCAN) :]
            known += [
                np.frombuffer(body[first:], "<u8", (len(body) - first) // WORD)
                for first in range(WORD)
            ]
        words = np.unique(np.concatenate(known))
        rows = np.sort(words.view(np.uint8).reshape(-1, WORD), axis=1)
        self._words: Words = words[
            1 + (np.diff(rows.astype(int)) != 0).sum(axis=1) >= FEWEST_VALUES
        ]

    def found(self, data: bytes) -> bool:
        """Tell whether a piece of a picture lies somewhere in the data, at any address."""
        words = np.frombuffer(data, "<u8", len(data) // WORD)
        if not len(words):
            return False
        places = np.searchsorted(self._words, words).clip(max=len(self._words) - 1)
        hits = np.concatenate([[0], np.cumsum(self._words[places] == words)])
        return bool((hits[IN_A_ROW:] - hits[:-IN_A_ROW] == IN_A_ROW).any())
