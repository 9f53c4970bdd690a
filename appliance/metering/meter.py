"""Processor time by stage, for measurements only: a box that is not measured has no meter."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCost:
    """What a stage has cost since start."""

    cpu_s: float = 0.0
    """Processor time of the threads that called it, seconds."""

    calls: int = 0
    """How often it was called."""

    def __add__(self, other: "StageCost") -> "StageCost":
        """Return the cost of both."""
        return StageCost(cpu_s=self.cpu_s + other.cpu_s, calls=self.calls + other.calls)

    def __sub__(self, earlier: "StageCost") -> "StageCost":
        """Return what was added since an earlier reading."""
        return StageCost(cpu_s=self.cpu_s - earlier.cpu_s, calls=self.calls - earlier.calls)


class CpuMeter:
    """Adds up the processor time of calls; stages may lie inside each other.

    A native call that computes on threads of its own is not seen: the box's inference does not.
    """

    def __init__(self) -> None:
        """Begin at zero."""
        self._own = threading.local()  # a cell per thread, so that nobody waits for anybody
        self._cells: list[dict[str, StageCost]] = []
        self._lock = threading.Lock()

    def timed(self, stage: str, call: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        """Return the same call, measured."""

        def measured(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            began_s = time.thread_time()
            try:
                return call(*args, **kwargs)
            finally:
                cell = self._cell()
                spent = StageCost(cpu_s=time.thread_time() - began_s, calls=1)
                cell[stage] = cell.get(stage, StageCost()) + spent

        return measured

    def read(self) -> Mapping[str, StageCost]:
        """Return what each stage has cost, over all threads."""
        total: dict[str, StageCost] = {}
        with self._lock:
            cells = [dict(cell) for cell in self._cells]
        for cell in cells:
            for stage, cost in cell.items():
                total[stage] = total.get(stage, StageCost()) + cost
        return total

    def _cell(self) -> dict[str, StageCost]:
        cell: dict[str, StageCost] | None = getattr(self._own, "cell", None)
        if cell is None:
            cell = {}
            self._own.cell = cell
            with self._lock:
                self._cells.append(cell)
        return cell
