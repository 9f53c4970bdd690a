"""What the streaming model remembers of every seat between two tokens."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import BoolArray, Float32Array
from appliance.domain.tokens import WINDOW_TOKENS

HIDDEN = 64  # d_h = d_k (docs/DESIGN.md, 4)
_CELLS = ("face_hidden", "face_cell", "pose_hidden", "pose_cell")


class RecurrentState:
    """LSTM states and a ring of keys and values per row, in NumPy.

    The ring holds the 300 tokens up to and including the newest, and how many steps ago each came.
    Before a step the oldest slot is marked unused (age 0), because the step brings its own key and
    value: at most 300 take part.
    """

    def __init__(self, rows: int) -> None:
        """Begin with no history."""
        self._cells = {name: np.zeros((rows, HIDDEN), dtype=np.float32) for name in _CELLS}
        self._keys = np.zeros((rows, WINDOW_TOKENS, HIDDEN), dtype=np.float32)
        self._values = np.zeros((rows, WINDOW_TOKENS, HIDDEN), dtype=np.float32)
        self._age = np.zeros((rows, WINDOW_TOKENS), dtype=np.float32)
        self._slot = np.zeros(rows, dtype=np.intp)
        self._places: dict[str, Float32Array] = {}

    @property
    def fused_size(self) -> int:
        """Width of h_fused (eq. 7)."""
        return 2 * HIDDEN

    def clear(self, rows: BoolArray) -> None:
        """Forget the (S,) marked rows."""
        for cells in self._cells.values():
            cells[rows] = 0
        self._age[rows] = 0
        self._slot[rows] = 0

    def inputs(self, rows: NDArray[np.intp] | None = None) -> dict[str, Float32Array]:
        """Return the state as the model's inputs; the arrays must not be written to.

        Args:
            rows: Of which, as copies that hold until the next call; None: of all, and then
                themselves: the ring of one row alone has 150 KB.
        """
        age = self._age.copy() if rows is None else self._age[rows]
        slot = self._slot if rows is None else self._slot[rows]
        age[np.arange(len(age)), slot] = 0
        state = {**self._cells, "keys": self._keys, "values": self._values}
        if rows is not None:
            state = {name: self._picked(name, array, rows) for name, array in state.items()}
        return {**state, "age": age}

    def _picked(self, name: str, array: Float32Array, rows: NDArray[np.intp]) -> Float32Array:
        """Copy rows to a place that is kept: fresh megabytes cost as much as the copy."""
        place = self._places.get(name)
        if place is None or len(place) != len(rows):
            place = self._places[name] = np.empty((len(rows), *array.shape[1:]), dtype=np.float32)
        np.take(array, rows, axis=0, out=place, mode="clip")
        return place

    def advance(
        self,
        rows: NDArray[np.intp],
        outputs: Mapping[str, Float32Array],
        *,
        of: NDArray[np.intp] | None = None,
    ) -> None:
        """Take over the outputs of a step for (R,) rows, each once; the others stay frozen.

        Args:
            rows: Which.
            outputs: Of the model.
            of: Where each row is in the outputs; None: at its own place.
        """
        of = rows if of is None else of
        for name, cells in self._cells.items():
            cells[rows] = outputs[f"{name}_next"][of]
        slot = self._slot[rows]
        at = rows, slot
        self._keys[at] = outputs["key"][of]
        self._values[at] = outputs["value"][of]
        age = self._age[rows]
        age += age > 0
        age[np.arange(len(rows)), slot] = 1
        self._age[rows] = age
        self._slot[rows] = (slot + 1) % WINDOW_TOKENS
