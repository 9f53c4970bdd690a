"""A shipped policy is taken whole, for the model it was made for, or not at all."""

from dataclasses import replace

import numpy as np
import pytest

from appliance.errors import PolicyError
from appliance.intervention.policy.learners.artifact import PolicyArtifact, load_artifact
from appliance.intervention.policy.learners.baseline import FEATURES, Baseline
from appliance.intervention.policy.learners.dqn import DqnLearner, draw_networks
from appliance.intervention.policy.learners.packing import pack, unpack

FUSION = "f" * 64
WEIGHTS = DqnLearner(draw_networks(np.random.default_rng(0))).dump()
ARTIFACT = PolicyArtifact(
    learner="dqn",
    fusion=FUSION,
    weights=WEIGHTS,
    baseline=Baseline(mean=np.linspace(0, 1, FEATURES)),
    report={"gap_closed_2000": 0.5},
    made="2026-11-30T12:00:00Z",
)


def test_it_comes_back_as_it_was() -> None:
    """All fields."""
    loaded = load_artifact(ARTIFACT.encode(), fusion=FUSION)

    assert loaded.encode() == ARTIFACT.encode()
    assert (loaded.weights, loaded.report) == (WEIGHTS, {"gap_closed_2000": 0.5})
    assert (loaded.learner, loaded.made) == ("dqn", "2026-11-30T12:00:00Z")
    np.testing.assert_array_equal(loaded.baseline.mean, ARTIFACT.baseline.mean)
    np.testing.assert_array_equal(loaded.baseline.precision, ARTIFACT.baseline.precision)


def test_one_for_another_fusion_model_is_refused() -> None:
    """Its readings would mean something else; the message says what to do."""
    with pytest.raises(
        PolicyError, match=r"another fusion model .ffffffffffff, not eeeeeeeeeeee.*install"
    ):
        load_artifact(ARTIFACT.encode(), fusion="e" * 64)


def test_a_damaged_one_is_refused() -> None:
    """One bit."""
    content = bytearray(ARTIFACT.encode())
    content[-1] ^= 1

    with pytest.raises(PolicyError, match="damaged"):
        load_artifact(bytes(content), fusion=FUSION)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"format": "2"}, "format 2, this program reads 1; install"),
        ({"digest": "0" * 16}, "not those of its digest"),
        ({"report": "[]"}, "damaged"),
        ({"report": '{"a": "b"}'}, "damaged"),
    ],
    ids=["format", "digest", "list", "words"],
)
def test_one_whose_words_are_wrong_is_refused(change: dict[str, str], match: str) -> None:
    """Whole as a file, and wrong in itself."""
    arrays, words = unpack(ARTIFACT.encode(), kind="artifact")

    with pytest.raises(PolicyError, match=match):
        load_artifact(pack("artifact", arrays, words | change), fusion=FUSION)


@pytest.mark.parametrize("name", ["weights", "mean", "precision"])
def test_one_that_lacks_something_is_refused(name: str) -> None:
    """Each of its arrays."""
    arrays, words = unpack(ARTIFACT.encode(), kind="artifact")
    del arrays[name]

    with pytest.raises(PolicyError, match="damaged"):
        load_artifact(pack("artifact", arrays, words), fusion=FUSION)


def test_a_baseline_of_another_state_is_refused() -> None:
    """One coefficient too few."""
    arrays, words = unpack(ARTIFACT.encode(), kind="artifact")
    arrays["mean"] = arrays["mean"][1:]

    with pytest.raises(PolicyError, match="damaged"):
        load_artifact(pack("artifact", arrays, words), fusion=FUSION)


def test_its_digest_is_that_of_its_weights() -> None:
    """Not of when it was made."""
    assert ARTIFACT.digest == replace(ARTIFACT, made="later").digest
    assert ARTIFACT.digest != replace(ARTIFACT, weights=b"others").digest
