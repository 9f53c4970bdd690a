"""The numbers of the model card, on made-up answers and on the shipped artifact."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from training.datasets.diffusionfer import DiffusionFace
from training.evaluate.__main__ import app
from training.evaluate.expression import (
    calibration_error,
    class_means,
    concordance,
    correlations,
    score_expressions,
)


def logits_of(*classes: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return confident logits for classes."""
    return (20 * np.eye(8, dtype=np.float32))[list(classes)]


def test_recall_counts_each_class_alike() -> None:
    """One class all right, one all wrong: recall .5 whatever their sizes."""
    table = score_expressions(
        logits_of(0, 0, 0, 0),
        top=np.array([0, 0, 0, 1], dtype=np.uint8),
        sure=np.array([True, True, False, False]),
    )

    assert table["accuracy_all"] == 0.75
    assert table["accuracy_majority6"] == 1.0
    assert table["macro_recall"] == 0.5
    assert table["recall"] == {"neutral": 1.0, "happiness": 0.0}


@pytest.mark.parametrize(
    ("confidence", "hit", "error"),
    [
        pytest.param([0.75, 0.75, 0.75, 0.75], [1, 1, 1, 0], 0.0, id="honest"),
        pytest.param([1.0, 1.0], [1, 0], 0.5, id="certain-and-half-wrong"),
        pytest.param([0.5, 1.0], [1, 1], 0.25, id="bins-are-weighted"),
    ],
)
def test_calibration_error(confidence: list[float], hit: list[int], error: float) -> None:
    """Confidence against hit rate, bin by bin."""
    found = calibration_error(np.array(confidence), np.array(hit, dtype=np.bool_))

    assert found == pytest.approx(error)


def test_concordance_punishes_an_offset_that_correlation_forgives() -> None:
    """Lin's coefficient, by hand: 2 * 2/3 / (2/3 + 2/3 + 1)."""
    truth = np.array([0.0, 1.0, 2.0])

    assert concordance(truth, truth) == pytest.approx(1.0)
    assert concordance(truth + 1, truth) == pytest.approx(4 / 7)


def test_a_constant_answer_does_not_correlate() -> None:
    """No division by zero."""
    truth = np.random.default_rng(0).random((5, 10)).astype(np.float32)

    assert set(correlations(np.zeros_like(truth), truth).values()) == {0.0}
    assert correlations(truth, truth)["jaw_open"] == pytest.approx(1.0)


@pytest.mark.parametrize("engine", ["openvino", "onnx"])
def test_the_command_prints_one_object(tmp_path: Path, engine: str) -> None:
    """The shipped artifact reads any subset of the archive; unknown faces are not counted."""
    votes = np.zeros((3, 10), dtype=np.uint8)
    votes[0, 0], votes[1, 1], votes[2, 8] = 10, 5, 10
    file = tmp_path / "some.npz"
    np.savez(
        file,
        images=np.random.default_rng(0).integers(0, 256, (3, 48, 48), dtype=np.uint8),
        votes=votes,
        usage=np.ones(3, dtype=np.uint8),
    )

    result = CliRunner().invoke(
        app, ["expression", "--images", str(file), "--engine", engine, "--json"]
    )

    assert result.exit_code == 0, result.output
    table = json.loads(result.stdout)
    assert set(table) == {
        "n",
        "accuracy_all",
        "accuracy_majority6",
        "macro_recall",
        "recall",
        "ece",
        "engine",
        "precision",
    }
    assert table["n"] == 2
    assert table["engine"] == engine


def test_the_command_wants_one_question() -> None:
    """Neither none nor two of --images, --va, --actions."""
    assert CliRunner().invoke(app, ["expression"]).exit_code == 2


def test_what_the_class_alone_gives_is_its_mean_over_other_faces() -> None:
    """The guess for a face is the mean of the faces with the same expression, not its own."""
    faces = [
        DiffusionFace(
            name="7.png",
            picture=np.zeros((2, 2, 3), dtype=np.uint8),
            expression=name,
            valence=valence,
            arousal=0.0,
            held_out=False,
            near_held_out=False,
        )
        for name, valence in (("happiness", 0.4), ("happiness", 0.8), ("sadness", -0.5))
    ]

    guess = class_means(faces, asked=["sadness", "happiness"])

    np.testing.assert_allclose(guess, [[-0.5, 0.0], [0.6, 0.0]])
