"""Does the box call anybody tired more often than others: simulated renders of people awake.

The same people sit still with every look (skin, age, body, headscarf, glasses) and then write,
type and talk (training.simulator.render.awake). Nobody tires, so that whatever the box says of
fatigue is false. Only people who are there with every look are compared.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.domain.affect import AFFECTS, Affect
from appliance.inference.library import EngineChoice, ModelLibrary
from training.progress import tracked
from training.real.observations import EngineForms, prolong, read_clip
from training.real.quiet_clips import PLAYED_S
from training.real.tokens import ClipDecisions, decide, pool_tokens
from training.simulator.render.awake import LOOKS, Activity, AwakeClip, clip_of

MAX_WORST_OVER_MEAN = 1.25
MAX_ACTIVE_EPISODES = 0

Row = dict[str, str | int | float | None]

_FATIGUED = AFFECTS.index(Affect.FATIGUED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the box said about one clip."""

    known: int
    """Tokens with a reading that may lead to an action."""

    fatigued: int
    """Those in which fatigue leads."""

    p_fatigued: float
    """Sum over the known tokens of the probability of fatigue."""

    episodes: int
    """Fatigue episodes."""

    tokens: int
    """All tokens."""


def evaluate_false_fatigue(renders: Path, *, work: Path | None) -> dict[str, object]:
    """Return false fatigue by look and by activity; every number is of simulated renders.

    Args:
        renders: Folder of ``python -m training.simulator awake``.
        work: Where what was seen of the clips is kept; None for nowhere.

    Raises:
        CameraError: A clip cannot be read.
        ModelLoadError: A model is missing or damaged.
        FileNotFoundError: The folder has nobody with every look, or not every activity.
    """
    paths = find_clips(renders)
    engine = ModelLibrary(None, lanes=1).load("fusion", choice=EngineChoice.AUTO)
    said = {}
    for clip, path in tracked(paths.items(), "renders"):
        seen = read_clip(path, forms=EngineForms(), work=work)
        tokens = pool_tokens(prolong(seen, until_s=PLAYED_S))
        said[clip] = count_fatigue(decide(tokens, engine.session()))
    return compare_groups(said)


def find_clips(renders: Path) -> dict[AwakeClip, Path]:
    """Return the clips of the people who are there with every look, and all of activities.

    Raises:
        FileNotFoundError: Nobody is there with every look, or an activity is missing.
    """
    paths = {clip: path for path in sorted(renders.iterdir()) if (clip := clip_of(path))}
    people = whole_people(paths)
    active = {clip.activity for clip in paths} - {Activity.STILL}
    if not people or len(active) < len(Activity) - 1:
        msg = (
            f"{renders}: expected a person with every look and every activity; "
            f"python -m training.simulator awake --out {renders} makes what is missing"
        )
        raise FileNotFoundError(msg)
    return {
        clip: path
        for clip, path in paths.items()
        if clip.activity is not Activity.STILL or clip.person in people
    }


def whole_people(clips: Iterable[AwakeClip]) -> set[int]:
    """Return the people who sit still with every look."""
    looks: dict[int, set[str]] = {}
    for clip in clips:
        if clip.activity is Activity.STILL:
            looks.setdefault(clip.person, set()).add(clip.look)
    return {person for person, mine in looks.items() if mine == set(LOOKS)}


def count_fatigue(decisions: ClipDecisions) -> Said:
    """Return what the box said of fatigue in one clip."""
    known = (decisions.leading >= 0) & decisions.known
    return Said(
        known=int(known.sum()),
        fatigued=int((decisions.leading[known] == _FATIGUED).sum()),
        p_fatigued=float(decisions.probabilities[known, _FATIGUED].sum(dtype=float)),
        episodes=decisions.episodes(Affect.FATIGUED),
        tokens=len(decisions.leading),
    )


def compare_groups(said: Mapping[AwakeClip, Said]) -> dict[str, object]:
    """Return a row per look and per activity, and whether the bars are kept.

    The mean is that of the looks, each counted once. Where no look is ever called tired, there is
    no ratio and nobody is worse off; one that is never read is no proof of that, and fails.

    Args:
        said: What the box said about each clip.
    """
    still = {clip: one for clip, one in said.items() if clip.activity is Activity.STILL}
    groups = [
        _row("group", look, {clip: one for clip, one in still.items() if clip.look == look})
        for look in LOOKS
    ]
    activities = [
        _row("activity", activity, {c: one for c, one in said.items() if c.activity is activity})
        for activity in Activity
        if activity is not Activity.STILL
    ]
    unread_groups = [row["group"] for row in groups if row["known"] == 0]
    unread_activities = [row["activity"] for row in activities if row["known"] == 0]
    mean, worst, ratio = worst_over_mean([row["false_fatigue"] for row in groups])
    p_mean, p_worst, p_ratio = worst_over_mean([row["mean_p_fatigued"] for row in groups])
    episodes = sum(one.episodes for clip, one in said.items() if clip not in still)
    alike = (ratio is None or ratio <= MAX_WORST_OVER_MEAN) and not unread_groups
    quiet = episodes <= MAX_ACTIVE_EPISODES and not unread_activities
    return {
        "pixels": "simulated renders",
        "groups": groups,
        "activities": activities,
        "people": len({clip.person for clip in still}),
        "mean": mean,
        "worst": worst,
        "worst_group": _worst_of(groups) if worst else None,
        "worst_over_mean": ratio,
        "bar": MAX_WORST_OVER_MEAN,
        "mean_p_fatigued": p_mean,
        "worst_p_fatigued": p_worst,
        "worst_over_mean_p_fatigued": p_ratio,
        "still_fatigue_episodes": sum(one.episodes for one in still.values()),
        "active_fatigue_episodes": episodes,
        "active_bar": MAX_ACTIVE_EPISODES,
        "unread": [*unread_groups, *unread_activities],
        "groups_passed": alike,
        "activities_passed": quiet,
        "passed": alike and quiet,
    }


def worst_over_mean(
    rates: Sequence[str | float | None],
) -> tuple[float | None, float | None, float | None]:
    """Return the mean of the known rates, the worst and its ratio; None for what there is not."""
    known = [rate for rate in rates if isinstance(rate, float)]
    if not known:
        return None, None, None
    mean, worst = sum(known) / len(known), max(known)
    return mean, worst, worst / mean if mean > 0 else None


def _worst_of(rows: Sequence[Row]) -> str:
    def rate(row: Row) -> float:
        value = row["false_fatigue"]
        return value if isinstance(value, float) else -1.0

    return str(max(rows, key=rate)["group"])


def _row(kind: str, name: str, said: Mapping[AwakeClip, Said]) -> Row:
    known = sum(one.known for one in said.values())
    tokens = sum(one.tokens for one in said.values())
    fatigued = sum(one.fatigued for one in said.values())
    p_fatigued = sum(one.p_fatigued for one in said.values())
    return {
        kind: str(name),
        "people": len({clip.person for clip in said}),
        "known": known,
        "known_share": known / tokens if tokens else None,
        "false_fatigue": fatigued / known if known else None,
        "mean_p_fatigued": p_fatigued / known if known else None,
        "fatigue_episodes": sum(one.episodes for one in said.values()),
    }
