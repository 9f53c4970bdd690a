"""Observations of a clip become tokens and decisions through the box's own stages."""

import numpy as np
import pytest

from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.observations import Observation
from appliance.inference.library import EngineChoice, ModelLibrary
from training.real.observations import SEAT
from training.real.tokens import ClipTokens, decide, pool_tokens


def nobody(*, seconds: float) -> ClipTokens:
    """Pool an empty seat at 15 Hz."""
    return pool_tokens(
        [
            Observation(seat=SEAT, captured_at_s=frame / 15, pose=None, face=None, present=False)
            for frame in range(int(seconds * 15) + 1)
        ]
    )


def test_tokens_close_five_times_a_second() -> None:
    """The first one ends with the first frame."""
    tokens = nobody(seconds=2.0)

    assert tokens.at_s == pytest.approx(np.arange(11) / 5)


def test_an_empty_seat_has_no_face_and_no_state() -> None:
    """Nothing is read into it, and no alert opens."""
    tokens = nobody(seconds=2.0)
    engine = ModelLibrary(None, lanes=1).load("fusion", choice=EngineChoice.ONNX)
    said = decide(tokens, engine.session())

    assert not tokens.present.any()
    assert not tokens.face_present.any()
    assert np.isnan(tokens.projection).all()
    assert (said.leading == -1).all()
    assert not said.known.any()
    assert said.opened == ()
    assert [said.episodes(affect) for affect in AFFECTS] == [0] * len(AFFECTS)
    assert said.episodes(Affect.FATIGUED) == 0
