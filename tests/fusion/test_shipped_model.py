"""The shipped artifact, streaming through the ring, equals the whole sequence at once.

Golden data: ``golden/whole_sequence.npz`` holds one simulated student (420 tokens) and what torch
computes for the sequence as a whole; ``python -m training.fusion`` writes it together with the
artifact. Tolerance 1e-4 (docs/DESIGN.md, 4), on any processor.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.domain.tokens import SeatStatus
from appliance.fusion.fuser import CHUNK, Fuser
from appliance.inference.library import EngineChoice, ModelLibrary
from tests.support.tokens import tokens_of

GOLDEN = Path(__file__).parent / "golden" / "whole_sequence.npz"
ENGINES = [
    pytest.param(EngineChoice.ONNX, id="onnx"),
    pytest.param(EngineChoice.OPENVINO, id="openvino"),
]


@pytest.mark.parametrize("choice", ENGINES)
def test_streaming_equals_the_whole_sequence(choice: EngineChoice) -> None:
    """Every token of a student who stays longer than one window, to 1e-4."""
    golden = np.load(GOLDEN)
    face, pose = golden["face"].astype(np.float32), golden["pose"].astype(np.float32)
    fuser = Fuser(ModelLibrary(None, lanes=1).load("fusion", choice=choice).session(), seats=1)

    streamed = []
    for token in range(len(face)):
        reading = fuser.read(
            tokens_of(face[token : token + 1], pose[token : token + 1], age_s=token / 5)
        )[0]
        streamed.append(reading.probabilities)

    np.testing.assert_allclose(streamed, golden["probabilities"], atol=1e-4)
    np.testing.assert_allclose(reading.fused, golden["fused_last"], atol=1e-4)


@pytest.mark.parametrize("choice", ENGINES)
def test_a_seat_reads_the_same_whoever_shares_the_call(choice: EngineChoice) -> None:
    """Three seats in one call equal three calls."""
    golden = np.load(GOLDEN)
    face, pose = golden["face"].astype(np.float32), golden["pose"].astype(np.float32)
    engine = ModelLibrary(None, lanes=1).load("fusion", choice=choice)
    together = Fuser(engine.session(), seats=3)
    alone = [Fuser(engine.session(), seats=1) for _ in range(3)]

    for token in range(30):
        rows = np.array([token, token + 100, token + 200])
        many = together.read(tokens_of(face[rows], pose[rows], age_s=token / 5))
        for seat, single in enumerate(alone):
            row = rows[seat : seat + 1]
            expected = single.read(tokens_of(face[row], pose[row], age_s=token / 5))[0]
            np.testing.assert_allclose(many[seat].probabilities, expected.probabilities, atol=1e-5)


def test_a_seat_of_a_hall_reads_the_same_as_alone() -> None:
    """Of a hall's seats few are due at once, in changing company; each goes on where it was."""
    golden = np.load(GOLDEN)
    face, pose = golden["face"].astype(np.float32), golden["pose"].astype(np.float32)
    engine = ModelLibrary(None, lanes=1).load("fusion", choice=EngineChoice.ONNX)
    seats = 4 * CHUNK + 3
    hall = Fuser(engine.session(), seats=seats)
    alone = {seat: Fuser(engine.session(), seats=1) for seat in (0, CHUNK, seats - 1)}

    for token in range(24):
        rows = np.arange(seats) + token
        status = tuple(
            SeatStatus.PRESENT if (seat + token) % 3 else SeatStatus.CAMERA_LOST
            for seat in range(seats)
        )
        tokens = replace(tokens_of(face[rows], pose[rows], age_s=token / 5), status=status)
        read = hall.read(tokens)
        for seat, single in alone.items():
            own = tokens_of(face[rows[seat], None], pose[rows[seat], None], age_s=token / 5)
            expected = single.read(replace(own, status=status[seat : seat + 1]))[0]
            assert read[seat].status is expected.status
            np.testing.assert_allclose(read[seat].probabilities, expected.probabilities, atol=1e-5)
