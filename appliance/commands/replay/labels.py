"""Names of actions and warnings, and where they stand without covering each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from appliance.commands.drawing.sheet import Stretch, text_width_px
from appliance.commands.replay.axis import clock
from appliance.domain.affect import Affect
from appliance.domain.alerts import Episode
from appliance.domain.commands import CommandState
from appliance.domain.interventions import Action, Measure

ACTION_NAMES = {
    Action.FOCUS_BREAK: "break tip",
    Action.HINT: "hint",
    Action.PUSH_CONTENT: "content",
    Action.ADJUST_DIFFICULTY: "new difficulty",
    Action.REMINDER_LOCK_30S: "lock 30 s",
    Action.MANDATORY_REST: "rest",
    Action.CONTACT_TEACHER: "call teacher",
    Action.NONE: "none",
}
"""What an intervention is called in the picture."""

BESIDE_PX = 6.0
"""Between words and the ends of their mark."""

LABEL_PX = 13.0
"""Letters of the words, which are bold."""

NOT_DONE = {CommandState.EXPIRED, CommandState.REJECTED, CommandState.FAILED}
"""Of an action that reached nobody."""

_APART_PX = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Words and the mark they belong to; pixels along the time axis."""

    words: str
    """One line."""

    text_px: float
    """Left end of the words."""

    mark_px: Stretch
    """Both ends of the flag, or of the bar."""

    row: int = 0
    """0 is the row nearest to the area."""

    def span_px(self) -> Stretch:
        """Return both ends of everything."""
        right_px = self.text_px + text_width_px(self.words, size_px=LABEL_PX, bold=True)
        return min(self.mark_px[0], self.text_px), max(self.mark_px[1], right_px)


def place_measures(
    measures: Sequence[Measure], x_px: Callable[[float], float], width_px: float
) -> list[Label]:
    """Give every action a row in which its flag overlaps no other.

    The last comes first: an earlier flag that reaches over a later one is then the higher one,
    and the pole of a flag crosses no name.

    Args:
        measures: Of one seat, in the order of time.
        x_px: Where a time is.
        width_px: Length of the axis.
    """
    labels = []
    for one in reversed(measures):
        words, left_px = measure_name(one), x_px(one.at_s)
        long_px = text_width_px(words, size_px=LABEL_PX, bold=True) + 2 * BESIDE_PX
        if left_px + long_px > width_px:
            left_px -= long_px
        mark_px = left_px, left_px + long_px
        labels.append(Label(words=words, text_px=left_px + BESIDE_PX, mark_px=mark_px))
    return _in_rows(labels)[::-1]


def place_episodes(
    episodes: Sequence[Episode], x_px: Callable[[float], float], width_px: float
) -> list[Label]:
    """Give every warning a row in which neither bar nor words overlap another."""
    labels = []
    for one in episodes:
        words, raised_px = episode_name(one), x_px(one.raised_s)
        cleared_px = width_px if one.cleared_s is None else x_px(one.cleared_s)
        mark_px = x_px(one.onset_s), max(cleared_px, raised_px + 2)
        long_px = text_width_px(words, size_px=LABEL_PX, bold=True)
        text_px = raised_px + BESIDE_PX
        if long_px + 2 * BESIDE_PX > mark_px[1] - raised_px:  # too long for the bar: beside it
            text_px = mark_px[1] + BESIDE_PX
            if text_px + long_px > width_px:
                text_px = mark_px[0] - BESIDE_PX - long_px
        labels.append(Label(words=words, text_px=text_px, mark_px=mark_px))
    return _in_rows(labels)


def measure_name(measure: Measure) -> str:
    """Return the name; whether it reached anybody is told only where it did not."""
    name = ACTION_NAMES[measure.action]
    return f"{name} ({measure.answer})" if measure.answer in NOT_DONE else name


def episode_name(episode: Episode) -> str:
    """Return the name with the time of the raising."""
    name = "long focus" if episode.affect is Affect.FOCUSED else episode.affect.value
    return f"{name} {clock(episode.raised_s)}"


def _in_rows(labels: Sequence[Label]) -> list[Label]:
    rows: list[list[Stretch]] = []
    placed = []
    for one in labels:
        left_px, right_px = one.span_px()
        row = 0
        while row < len(rows) and any(
            left_px < right + _APART_PX and left < right_px + _APART_PX for left, right in rows[row]
        ):
            row += 1
        if row == len(rows):
            rows.append([])
        rows[row].append((left_px, right_px))
        placed.append(replace(one, row=row))
    return placed
