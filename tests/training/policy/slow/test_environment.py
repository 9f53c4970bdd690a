"""The policy's environment keeps gymnasium's promises, and its own."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from appliance.domain.arrays import AnyArray, BoolArray, Float32Array
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.tokens import FACE_SIZE, POSE_STREAM_SIZE, FaceColumn, face_column
from appliance.fusion.state import HIDDEN

pytest.importorskip("gymnasium", reason="the policy's environment needs gymnasium")


from appliance.intervention.policy.state import STATE_SIZE
from training.policy.slow import environment as environment_module
from training.policy.slow import student
from training.policy.slow.chain import InfluencedChain
from training.policy.slow.environment import StudentEnvironment
from training.policy.slow.seat import SimulatedSeat
from training.simulator.classroom import emit_tokens

LOOK_DOWN = face_column(FaceColumn.LOOK_DOWN)
FATIGUED = 2


class TellingSession:
    """A fusion model that knows the state, as ``TellingSeat`` writes it into the face stream."""

    def infer(self, inputs: Mapping[str, AnyArray]) -> dict[str, Float32Array]:
        """Return .7 for the state and .1 for the others."""
        probabilities = np.full((1, 4), 0.1, dtype=np.float32)
        probabilities[0, int(inputs["face"][0, 0])] = 0.7
        row = np.zeros((1, HIDDEN), dtype=np.float32)
        cells = ("face_hidden", "face_cell", "pose_hidden", "pose_cell")
        return {
            "probabilities": probabilities,
            "fused": np.full((1, 2 * HIDDEN), probabilities[0, FATIGUED], dtype=np.float32),
            "novelty": np.zeros(1, dtype=np.float32),
            "key": row,
            "value": row,
            **{f"{name}_next": row for name in cells},
        }


class TellingSeat:
    """Writes the state where ``TellingSession`` reads it."""

    def step(self, state: int, *, at_s: float) -> tuple[Float32Array, Float32Array]:
        """Return streams of zeros but for the state."""
        del at_s
        face = np.zeros((1, FACE_SIZE), dtype=np.float32)
        face[0, 0] = state
        return face, np.zeros((1, POSE_STREAM_SIZE), dtype=np.float32)

    def show_popup(self, *, at_s: float) -> None:
        """Look at nothing."""


def make(**arguments: Any) -> StudentEnvironment:  # noqa: ANN401 - the environment's own
    """Make an environment whose readings are the truth."""
    given: dict[str, Any] = {"lesson_s": 600.0, "scenario": "table3"} | arguments
    return StudentEnvironment(
        session=TellingSession(), make_seat=lambda _rng, _popups: TellingSeat(), **given
    )


def play(environment: StudentEnvironment, *, seed: int, action: int | None) -> list[dict[str, Any]]:
    """Return the infos of one lesson, observation and reward added; None acts at random."""
    rng = np.random.default_rng(seed)
    observation, info = environment.reset(seed=seed)
    infos = [info | {"observation": observation, "reward": 0.0}]
    truncated = False
    while not truncated:
        wanted = int(rng.integers(5)) if action is None else action
        observation, reward, terminated, truncated, info = environment.step(wanted)
        assert not terminated
        infos.append(info | {"observation": observation, "reward": reward})
    return infos


def be_there(monkeypatch: pytest.MonkeyPatch, *, away: slice = slice(0)) -> None:
    """Keep students on their seat but for some tokens."""

    def presence(_: np.random.Generator, *, tokens: int) -> BoolArray:
        present = np.ones(tokens, dtype=np.bool_)
        present[away] = False
        return present

    monkeypatch.setattr(environment_module, "draw_presence", presence)


def test_gymnasium_finds_nothing_wrong() -> None:
    """The library's own checker, its hints included."""
    from gymnasium.utils.env_checker import check_env  # noqa: PLC0415 - optional

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*alternative render modes.*")
        check_env(make())


def test_a_seed_decides_everything() -> None:
    """Twice the same lesson; another seed gives another."""
    first, again, other = (play(make(), seed=seed, action=None) for seed in (1, 1, 2))

    for one, same in zip(first, again, strict=True):
        np.testing.assert_equal(one, same)
    assert any(
        one["true_state"] != another["true_state"]
        for one, another in zip(first, other, strict=True)
    )


def test_a_lesson_has_a_decision_every_ten_seconds_after_its_first_minute() -> None:
    """54 steps in 10 min; what the end cuts off is named."""
    infos = play(make(), seed=0, action=0)

    assert len(infos) == 1 + 54
    assert infos[0]["at_s"] == 60.0
    assert infos[-1]["unpaid"] == list(range(43, 54))
    assert infos[0]["observation"].shape == (STATE_SIZE,)


def test_rewards_arrive_120_s_later_and_are_drops_of_the_readings() -> None:
    """Doing nothing is paid by Delta F + Delta B alone: here steps of .6 per state."""
    infos = play(make(lesson_s=2700.0), seed=4, action=0)

    assert all(info["arrived"] == [] for info in infos[:12])
    arrived = [pair for info in infos for pair in info["arrived"]]
    assert [index for index, _ in arrived] == list(range(len(arrived)))
    assert len(arrived) == 264 - 11
    paid = [value for _, value in arrived if not np.isnan(value)]
    assert min(paid) == pytest.approx(-0.6)
    assert max(paid) == pytest.approx(0.6)


def test_a_missing_reward_is_not_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    """An absence makes NaN of every reward whose windows it spoils, and says so."""
    be_there(monkeypatch, away=slice(300 + 600 - 31, 300 + 600))
    environment = make()
    environment.reset(seed=0)

    rewards, missing = [], []
    for _ in range(14):
        _, reward, _, _, info = environment.step(0)
        rewards.append(reward)
        missing.append(info["reward_missing"])

    assert np.isnan(rewards[11])
    assert missing == [False] * 11 + [True, True, True]


def test_masked_actions_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten minutes lie between two, and nothing is answered that is not there."""
    be_there(monkeypatch)
    monkeypatch.setattr(student, "SILENT_TERMINAL", 1.0)
    environment = make(lesson_s=2700.0)
    _, before = environment.reset(seed=0)
    shown = []
    for step in range(264):
        _, _, _, _, info = environment.step(PolicyAction.HINT)
        assert (info["action"] == PolicyAction.HINT) == before["action_mask"][PolicyAction.HINT]
        if info["action"] == PolicyAction.HINT:
            shown.append(step)
        before = info

    assert len(shown) >= 2
    assert min(np.diff(shown)) >= 60


def test_an_exam_forbids_everything_but_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it lasts, and only then."""
    be_there(monkeypatch)
    monkeypatch.setattr(student, "SILENT_TERMINAL", 0.0)
    monkeypatch.setattr(student, "EXAM", 1.0)
    infos = play(make(lesson_s=2700.0), seed=0, action=0)

    begin_s = 2700.0 - student.EXAM_S
    exam = [info["action_mask"].tolist() for info in infos if info["at_s"] >= begin_s]
    before = [info["action_mask"].tolist() for info in infos if info["at_s"] < begin_s]
    assert exam
    assert all(mask == [1, 0, 0, 0, 0] for mask in exam)
    assert any(mask != [1, 0, 0, 0, 0] for mask in before)


def test_an_unmatched_action_does_not_touch_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rest for somebody who is not fatigued: the chain is not asked; habituation rises."""
    asked: list[float] = []
    monkeypatch.setattr(
        InfluencedChain, "influence", lambda _, odds_ratio: asked.append(odds_ratio)
    )
    monkeypatch.setattr(student, "SILENT_TERMINAL", 1.0)
    environment = make()
    monkeypatch.setattr(
        environment_module, "allowed_actions", lambda **_: np.ones((1, 5), dtype=np.bool_)
    )
    _, told = environment.reset(seed=0)
    state = told["true_state"]
    unmatched = PolicyAction.HINT if state == FATIGUED else PolicyAction.REST
    matched = [None, PolicyAction.HINT, PolicyAction.REST, PolicyAction.CONTENT][state]

    _, _, _, _, info = environment.step(unmatched)
    assert info["action"] == unmatched
    assert info["true_habituation"] == pytest.approx(0.05)
    assert asked == []
    if matched is not None and info["true_state"] == state:
        environment.step(matched)
        assert asked == [pytest.approx(1.9**0.95)]


def test_without_popups_a_seat_is_the_generators() -> None:
    """Bit for bit the tokens of ``emit_tokens``."""
    states = np.zeros((1, 3), dtype=np.int8)
    expected = emit_tokens(np.random.default_rng(5), states, regime="nominal")
    seat = SimulatedSeat(
        np.random.default_rng(5), popups=np.random.default_rng(0), regime="nominal"
    )

    for token, (face, pose) in enumerate(expected):
        seen_face, seen_pose = seat.step(0, at_s=token * 0.2)
        np.testing.assert_array_equal(seen_face, face)
        np.testing.assert_array_equal(seen_pose, pose)


def test_a_popup_moves_the_eyes_for_some_seconds() -> None:
    """A pair with and without it differs while it is looked at; its randomness is its own."""
    seats = [
        SimulatedSeat(np.random.default_rng(5), popups=np.random.default_rng(0), regime="nominal")
        for _ in range(2)
    ]
    seats[1].show_popup(at_s=1.0)
    look_down = np.array(
        [[seat.step(0, at_s=token * 0.2)[0][0, LOOK_DOWN] for seat in seats] for token in range(45)]
    )
    difference = np.abs(look_down[:, 1] - look_down[:, 0])

    assert (difference[:5] == 0).all()
    assert difference[5:15].max() > 0.01
