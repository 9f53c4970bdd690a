"""How long a box takes to be at full rate again when most of its load has gone."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from appliance.commands.bench import run
from appliance.commands.bench.service import Service
from appliance.scheduling.ladder import LadderState


class Box:
    """On the lowest step until it has been asked a few times."""

    def __init__(self, *, looks: int) -> None:
        """Remember after how many looks it is at full rate."""
        self._looks = looks
        self.closed: list[str] = []
        self.lanes = self.cameras = self.ladder = self

    def load(self) -> dict[str, Any]:
        """Return eight cameras with a seat each."""
        return {f"seat-{n}": SimpleNamespace(camera=f"cam-{n}") for n in range(8)}

    def pause(self, cameras: list[str]) -> None:
        """Note which ones."""
        self.closed += cameras

    @property
    def state(self) -> LadderState:
        """Come up in the end."""
        self._looks -= 1
        return LadderState(step=4 if self._looks >= 0 else 0, reason="", changes=0)


def test_three_quarters_of_the_cameras_go_and_the_time_is_taken() -> None:
    """Until the ladder says that the box is at full rate."""
    box = Box(looks=3)

    took_s = run.watch_recovery(cast("Service", SimpleNamespace(box=box)))

    assert box.closed == [f"cam-{n}" for n in range(2, 8)]
    assert took_s is not None
    assert took_s >= 0.3


def test_a_box_that_stays_down_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no number then."""
    monkeypatch.setattr(run, "LONGEST_RECOVERY_S", 0.05)

    assert run.watch_recovery(cast("Service", SimpleNamespace(box=Box(looks=99)))) is None
