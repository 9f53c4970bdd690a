"""A tuned box has one run time in memory: the one with which the whole mix is cheapest."""

from collections.abc import Mapping

import pytest

from appliance.domain.models import Backend
from appliance.inference.tuning.one_runtime import Contest, settle
from appliance.inference.tuning.selection import Score, Selection

OPENVINO, ONNX = "openvino f32", "onnx int8"
BACKENDS = {
    OPENVINO: Backend.OPENVINO,
    "openvino int8": Backend.OPENVINO,
    ONNX: Backend.ONNX,
    "onnx f32": Backend.ONNX,
}


def contest(
    costs_ms: Mapping[str, float], *, winner: str, default: str = OPENVINO, every: int = 1
) -> Contest:
    """Return a model with timed forms."""
    scores = {
        form: Score(rounds=9, cpu_ms=cost, wall_ms=cost, gain_ms=0.0, noise_ms=0.0)
        for form, cost in costs_ms.items()
    }
    return Contest(
        selection=Selection(winner=winner, scores=scores, notes={}),
        backends=BACKENDS,
        default=default,
        every=every,
    )


def test_winners_on_one_run_time_stay() -> None:
    """There is nothing to settle."""
    contests = [contest({OPENVINO: 3.0, ONNX: 1.0}, winner=ONNX)] * 2

    assert [selection.winner for selection in settle(contests)] == [ONNX, ONNX]


@pytest.mark.parametrize(
    ("every", "winners"),
    [
        pytest.param(1, [ONNX, ONNX], id="as-often"),
        pytest.param(3, [OPENVINO, OPENVINO], id="a-third-as-often"),
    ],
)
def test_what_the_whole_mix_costs_decides(every: int, winners: list[str]) -> None:
    """A model counts as often as it is called."""
    contests = [
        contest({OPENVINO: 3.0, ONNX: 4.0}, winner=OPENVINO),
        contest({OPENVINO: 5.0, ONNX: 3.0}, winner=ONNX, every=every),
    ]

    assert [selection.winner for selection in settle(contests)] == winners


def test_who_gives_way_says_why() -> None:
    """The table of `classbox tune` shows it."""
    contests = [
        contest({OPENVINO: 3.0, ONNX: 9.0}, winner=OPENVINO),
        contest({OPENVINO: 1.0, ONNX: 0.5}, winner=ONNX),
    ]

    assert settle(contests)[1].notes == {
        ONNX: "one run time for all models: openvino costs less in all"
    }


def test_a_model_keeps_its_default_there_or_takes_the_best_timed_form() -> None:
    """A default is only beaten by a selection, and that was for the other run time."""
    heavy = contest({OPENVINO: 9.0, ONNX: 1.0}, winner=ONNX)
    light = contest(
        {OPENVINO: 0.2, ONNX: 0.3, "onnx f32": 0.4}, winner=OPENVINO, default="onnx f32"
    )
    without_default = contest({OPENVINO: 0.2, ONNX: 0.3, "onnx f32": 0.4}, winner=OPENVINO)

    assert settle([heavy, light])[1].winner == "onnx f32"
    assert settle([heavy, without_default])[1].winner == ONNX


def test_a_run_time_that_was_not_timed_for_every_model_cannot_win() -> None:
    """However fast it is for the others."""
    contests = [
        contest({OPENVINO: 9.0, ONNX: 1.0}, winner=ONNX),
        contest({OPENVINO: 1.0}, winner=OPENVINO),
    ]

    assert [selection.winner for selection in settle(contests)] == [OPENVINO, OPENVINO]


def test_where_neither_is_possible_everything_stays() -> None:
    """Two run times are better than a model that was never timed."""
    contests = [contest({ONNX: 1.0}, winner=ONNX), contest({OPENVINO: 1.0}, winner=OPENVINO)]

    assert [selection.winner for selection in settle(contests)] == [ONNX, OPENVINO]
