"""What a rendered person does, against the ranges the design gives."""

import numpy as np
import pytest

from appliance.domain.affect import AFFECTS, Affect
from training.simulator.render.figure.identity import rng_for
from training.simulator.render.plays.plan import CLOSED
from training.simulator.render.plays.script import Behaviour, act, onset

FPS = 15.0
SECONDS = 300.0
SEEDS = range(20)


def play(state: Affect, seed: int) -> Behaviour:
    """Let one person be in one state for five minutes."""
    levels = onset(SECONDS, state=state, onset_s=0.0, ramp_s=1.0, fps=FPS)
    return act(levels, fps=FPS, rng=rng_for("test", state, seed))


def per_minute(begins: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    """Count the times a signal becomes true, per minute."""
    return float((np.diff(begins.astype(int), prepend=0) > 0).sum() / (SECONDS / 60))


@pytest.fixture(scope="module")
def people() -> dict[Affect, list[Behaviour]]:
    """Twenty people in each state."""
    return {state: [play(state, seed) for seed in SEEDS] for state in Affect}


@pytest.mark.parametrize(
    ("state", "low", "high"),
    [(Affect.FOCUSED, 6.0, 10.0), (Affect.FATIGUED, 15.0, 25.0)],
    ids=["reading", "tired"],
)
def test_blink_rates(
    people: dict[Affect, list[Behaviour]], state: Affect, low: float, high: float
) -> None:
    """6-10 a minute when reading, 15-25 when fatigued; a person's count scatters by chance."""
    rates = [behaviour.blinking.sum() / (SECONDS / 60) for behaviour in people[state]]

    assert low < np.mean(rates) < high
    assert min(rates) > low - 2
    assert max(rates) < high + 4


def test_perclos_tells_tired_from_focused(people: dict[Affect, list[Behaviour]]) -> None:
    """10-35 % of the time closed when fatigued, below 6 % when alert, for everybody."""
    closed = {
        state: [float((one.closure >= CLOSED).mean()) for one in people[state]]
        for state in (Affect.FOCUSED, Affect.FATIGUED)
    }

    assert max(closed[Affect.FOCUSED]) < 0.06
    assert min(closed[Affect.FATIGUED]) > 0.10
    assert max(closed[Affect.FATIGUED]) < 0.35


def test_a_blink_is_seen_at_fifteen_frames_a_second(
    people: dict[Affect, list[Behaviour]],
) -> None:
    """Every blink of a focused person closes the lids in at least one frame."""
    for one in people[Affect.FOCUSED]:
        for start in np.flatnonzero(one.blinking[:-4]):
            assert one.closure[start : start + 4].max() > 0.6


def test_yawns_and_nods(people: dict[Affect, list[Behaviour]]) -> None:
    """Yawns .5-1 and nods 1-3 a minute when fatigued; hardly a yawn and no nod when focused."""
    tired, focused = people[Affect.FATIGUED], people[Affect.FOCUSED]

    assert 0.5 < np.mean([per_minute(one.yawning) for one in tired]) < 1.0
    assert 1.0 < np.mean([per_minute(one.nodding) for one in tired]) < 3.0
    assert np.mean([per_minute(one.yawning) for one in focused]) < 0.1
    assert not any(one.nodding.any() for one in focused)


def test_a_yawn_opens_the_mouth_wide(people: dict[Affect, list[Behaviour]]) -> None:
    """A mouth is open in a yawn and closed otherwise."""
    for one in people[Affect.FATIGUED]:
        assert one.jaw_open[~one.yawning].max() < 0.15
        if one.yawning.any():
            assert one.jaw_open.max() > 0.7


def test_tired_heads_hang(people: dict[Affect, list[Behaviour]]) -> None:
    """Chin 5-20 degrees lower, back rounded."""
    lower = np.mean([one.head_pitch.mean() for one in people[Affect.FATIGUED]])
    upright = np.mean([one.head_pitch.mean() for one in people[Affect.FOCUSED]])

    assert 5 < np.degrees(lower - upright) < 20
    assert min(one.slump.mean() for one in people[Affect.FATIGUED]) > 0.4


def test_the_bored_look_away_and_hold_their_heads(
    people: dict[Affect, list[Behaviour]],
) -> None:
    """Gaze away 25-40 %, a hand at the face 30-40 % of the time."""
    bored = people[Affect.BORED]

    assert 0.22 < np.mean([one.looking_away.mean() for one in bored]) < 0.40
    hands = [np.maximum(one.hand_left, one.hand_right).mean() for one in bored]
    assert 0.28 < np.mean(hands) < 0.45


def test_the_confused_lower_their_brows_and_tilt_the_head(
    people: dict[Affect, list[Behaviour]],
) -> None:
    """Brow lowering throughout; head roll of 5-10 degrees to either side."""
    confused = people[Affect.CONFUSED]

    assert min(one.brow_down.mean() for one in confused) > 0.4
    assert 4 < np.mean([np.degrees(np.abs(one.head_roll)).mean() for one in confused]) < 10


def test_the_focused_look_down_at_times(people: dict[Affect, list[Behaviour]]) -> None:
    """They write and type: the box must not take that for fatigue."""
    shares = [one.looking_down.mean() for one in people[Affect.FOCUSED]]

    assert 0.04 < np.mean(shares) < 0.18


def test_the_same_seed_gives_the_same_behaviour() -> None:
    """Nothing but the passed generator is random."""
    first, second = play(Affect.FATIGUED, 1), play(Affect.FATIGUED, 1)

    assert (first.closure == second.closure).all()
    assert (first.head_pitch == second.head_pitch).all()
    assert (first.closure != play(Affect.FATIGUED, 2).closure).any()


def test_an_onset_is_a_ramp() -> None:
    """Focused until the onset, half-way in the middle of the ramp, then wholly in the state."""
    levels = onset(60.0, state=Affect.FATIGUED, onset_s=20.0, ramp_s=10.0, fps=10.0)
    tired = levels[:, AFFECTS.index(Affect.FATIGUED)]

    assert (levels.sum(1) == 1).all()
    assert tired[:201].max() == 0
    assert tired[250] == 0.5
    assert (tired[300:] == 1).all()


def test_an_onset_at_zero_is_the_state_throughout() -> None:
    """No ramp where none is wanted."""
    levels = onset(5.0, state=Affect.BORED, onset_s=0.0, ramp_s=10.0, fps=10.0)

    assert (levels[:, AFFECTS.index(Affect.BORED)] == 1).all()
