"""Postures are told of people never seen, and a score that leaks is called so."""

import os
from pathlib import Path

import numpy as np
import pytest

from appliance.errors import ConfigError
from training.datasets.multiposture import CLASSES, COLUMNS, Postures, read_multiposture
from training.fusion.scores import balanced_accuracy
from training.real.postures import (
    AVERAGE,
    LEAKAGE_ABOVE,
    MIN_BALANCED_ACCURACY,
    confusion,
    deviations_of,
    evaluate_posture,
    find_misses,
    predict_left_out,
    stream_of,
)

TABLE = Path(os.environ.get("CLASSBOX_TEST_DATA", "../shared/data")) / "posture/multiposture.csv"


def people(**changed: float) -> Postures:
    """Return three rows of one person: two upright, the third with some columns changed."""
    upright = {
        "nose_to_shoulder_y_ratio": 0.5,
        "ear_to_shoulder_y_ratio": 0.75,
        "shoulder_width": 0.25,
        "torso_height": 0.5,
        "head_forward_ratio": 0.125,
    }
    rows = [upright, upright, upright | changed]
    return Postures(
        values=np.array([[row.get(name, 0.0) for name in COLUMNS] for row in rows]),
        labels=np.array([0, 0, 1]),
        subjects=np.array([1, 1, 1]),
    )


def test_slump_is_the_lost_height_in_shoulder_widths() -> None:
    """A quarter of a torso that is two shoulders high: half a shoulder width, pitch as much."""
    slump, lean, pitch, yaw = deviations_of(people(nose_to_shoulder_y_ratio=0.25)).T

    np.testing.assert_array_equal(slump, [0, 0, 0.5])
    np.testing.assert_array_equal(lean, [0, 0, 0])
    np.testing.assert_array_equal(pitch, [0, 0, 0.5])
    np.testing.assert_array_equal(yaw, [0, 0, 0])


def test_lean_is_the_width_over_the_own_median() -> None:
    """Twice as wide is one more."""
    _, lean, _, _ = deviations_of(people(shoulder_width=0.5)).T

    np.testing.assert_allclose(lean, [0, 0, 1])


def test_the_stream_holds_places_and_deviations() -> None:
    """Nose and ears in shoulder widths first, then hips, then the four deviations."""
    stream = stream_of(people())

    np.testing.assert_array_equal(stream[0, :2], [1.0, 1.5])
    assert stream[0, 6] == 2.0
    assert stream.shape == (3, 11)


def test_the_score_is_the_mean_recall() -> None:
    """3 of 4 upright and 1 of 1 leaning: .875; a class that does not occur does not count."""
    truth, said = np.array([0, 0, 0, 0, 2]), np.array([0, 0, 0, 1, 2])

    assert balanced_accuracy(truth, said) == 0.875
    np.testing.assert_array_equal(confusion(truth, said), [[3, 1, 0], [0, 0, 0], [0, 0, 1]])


@pytest.mark.parametrize(
    ("name", "score", "misses"),
    [
        pytest.param("columns", MIN_BALANCED_ACCURACY, [], id="at-the-bar"),
        pytest.param("columns", 0.7, ["columns: 0.700 is below 0.74"], id="below"),
        pytest.param("e_t", 0.7, [], id="no-bar"),
        pytest.param("e_t", LEAKAGE_ABOVE, [], id="not-yet-too-good"),
        pytest.param("e_t", 0.9, ["e_t: 0.900 looks like leakage"], id="too-good"),
    ],
)
def test_misses_are_named_on_both_sides(name: str, score: float, misses: list[str]) -> None:
    """Too good is a miss as well."""
    assert find_misses([{"set": name, "balanced_accuracy": score}]) == misses


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("subject,label\n1,correct\n", id="columns"),
        pytest.param(",".join(["subject", "label", *COLUMNS]) + "\n", id="rows"),
        pytest.param(
            ",".join(["subject", "label", *COLUMNS]) + "\n1,asleep" + ",0" * len(COLUMNS),
            id="label",
        ),
    ],
)
def test_a_table_that_is_something_else_is_named(tmp_path: Path, text: str) -> None:
    """Columns, rows or labels that are not the data set's."""
    (tmp_path / "t.csv").write_text(text)

    with pytest.raises(ConfigError, match=r"t\.csv: not the MultiPosture table"):
        read_multiposture(tmp_path / "t.csv")


def test_a_person_helps_in_no_way_to_predict_that_person() -> None:
    """Labels that follow only the person cannot be told of somebody new."""
    pytest.importorskip("sklearn", reason="no scikit-learn; pip install 'classbox[training]'")
    groups = np.repeat(np.arange(6), 60)
    labels = np.tile(np.repeat(np.arange(3), 20), 6)
    rng = np.random.default_rng(0)
    # What tells the classes lies the other way round in every second person.
    sign = np.where(groups % 2 == 0, 1.0, -1.0)
    values = np.stack([sign * (labels - 1.0), rng.normal(size=len(labels))], axis=1)

    predicted = predict_left_out(values, labels, groups)[AVERAGE]

    assert balanced_accuracy(labels, predicted) < 0.5


@pytest.mark.skipif(not TABLE.exists(), reason="no multiposture.csv; set CLASSBOX_TEST_DATA")
def test_real_postures_of_new_people_are_told() -> None:
    """The specification's bar, all three classes above chance, and no leakage."""
    pytest.importorskip("sklearn", reason="no scikit-learn; pip install 'classbox[training]'")
    table = evaluate_posture(TABLE, sets=["columns"])

    assert table["misses"] == []
    rows = table["confusion"]
    assert isinstance(rows, list)
    assert [row["truth"] for row in rows] == list(CLASSES)
    assert all(row[row["truth"]] > 1 / 3 for row in rows)
