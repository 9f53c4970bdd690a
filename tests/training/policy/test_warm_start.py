"""What ships is taught in shares of schools, and says what was taught."""

import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from appliance.inference.library import packaged_models
from appliance.intervention.policy.neural.training import TrainingSettings
from training.policy.artifacts import MANIFEST
from training.policy.build import KINDS, share_out
from training.policy.collect import SimulatedExperience
from training.policy.fast.worlds import WorldKind
from training.policy.learners import fusion_hash
from training.policy.schools import school
from training.policy.warm_start import fit_bandit, fit_baseline, teach_networks

QUICK = TrainingSettings(updates=5, batch=32)


@pytest.fixture(scope="module")
def schools(tmp_path_factory: pytest.TempPathFactory) -> list[SimulatedExperience]:
    """Two small ones."""
    folder = tmp_path_factory.mktemp("schools")
    return [
        school(folder, kind=kind, seed=number, students=12, p_act=0.1)
        for number, kind in enumerate((WorldKind.NORMAL, WorldKind.NULL))
    ]


def test_each_member_has_schools_of_its_own_of_all_kinds() -> None:
    """Half, of which three in five are normal; no two members have the same."""
    owners = share_out(100, rng=np.random.default_rng(0))

    assert len({tuple(mine) for mine in owners}) == len(owners) == 10
    for mine in owners:
        kinds = Counter(KINDS[one % len(KINDS)] for one in mine)
        assert kinds == {WorldKind.NORMAL: 30, WorldKind.NULL: 10, WorldKind.HARM: 10}
        assert len(set(mine)) == 50


def test_a_school_is_simulated_once(tmp_path: Path) -> None:
    """A run that was stopped goes on with what is there, and it is the same."""
    made, read = (
        school(tmp_path, kind=WorldKind.NORMAL, seed=1, students=4, p_act=0.1) for _ in range(2)
    )

    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]
    np.testing.assert_array_equal(made.experience.states, read.experience.states)
    np.testing.assert_array_equal(made.gains, read.gains)


def test_members_differ_by_their_schools_alone(schools: list[SimulatedExperience]) -> None:
    """Those with the same schools are the same."""
    networks = teach_networks(
        schools, [[0], [0], [1]], rng=np.random.default_rng(0), common=QUICK, own=QUICK
    )

    first, second, third = networks.vector
    np.testing.assert_allclose(first, second, atol=1e-6)
    assert np.abs(first - third).max() > 1e-4


def test_the_bandit_knows_that_actions_cost_where_nothing_helps(
    schools: list[SimulatedExperience],
) -> None:
    """The member of the null school expects less of a hint than the other."""
    coefficients = fit_bandit(schools, [[0], [1]])

    # The first number is one: what an action brings at most a little else.
    assert coefficients.shape[:2] == (2, 4)
    assert coefficients[1, :, 0].mean() < coefficients[0, :, 0].mean()
    assert fit_baseline(schools).precision[0, 0] == pytest.approx(50)


def test_what_ships_is_what_its_manifest_says() -> None:
    """Files, digests and the fusion model that they were taught with."""
    folder = packaged_models() / "policy"
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))

    assert manifest["files"].keys() == {"dqn", "bandit"}
    for file in manifest["files"].values():
        content = (folder / file["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert file["fusion"] == fusion_hash()
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 300_000
