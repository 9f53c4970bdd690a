"""What comes of each choice: readings, screen events and answers become one outcome.

Times are capture times of the seat's own camera, so a clip that is replayed faster than it was
recorded gives the same outcomes. What was decided about somebody who leaves is settled with what is
known by then; a drop that could not be measured is missing, which is not zero.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from appliance.domain.affect import AFFECTS, AffectReading
from appliance.domain.arrays import Float64Array
from appliance.domain.interventions import Feedback, FeedbackKind
from appliance.domain.policy.choices import ChoiceOutcome, PolicyAction
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import TOKEN_HZ, TOKEN_S
from appliance.intervention.policy.reward import (
    COMPLETE_WITHIN_S,
    DELAY_TOKENS,
    KEPT_TOKENS,
    ReadingLog,
    rejects,
)

# Capture times are sums of fifths of a second: 119.9999999999 is 120.
_SLACK_S = 1e-6

_NOBODY = np.full(len(AFFECTS), 1 / len(AFFECTS))
_CLOSED = frozenset({FeedbackKind.ACCEPTED, FeedbackKind.DISMISSED, FeedbackKind.COMPLETED})


DROP_AFTER_S = DELAY_TOKENS * TOKEN_S
"""From a choice to the end of the time over which its change is measured, seconds."""


class Heard(StrEnum):
    """What became of an answer."""

    COUNTED = "counted"
    UNKNOWN = "unknown"
    """Of a command that was never sent, or so long ago that its outcome is settled."""
    OTHER_TERMINAL = "other-terminal"
    """The command was sent to another seat."""
    DUPLICATE = "duplicate"
    """The same kind of answer has been heard."""
    CONTRADICTS = "contradicts"
    """The student has done the opposite before; what comes first counts."""


def followed_s(action: PolicyAction) -> float:
    """Return how long something may come of an action, seconds from when it was done."""
    return DROP_AFTER_S if action is PolicyAction.NOTHING else COMPLETE_WITHIN_S


@dataclass(slots=True, kw_only=True)
class _Followed:
    """Something that was done, or left, about a student."""

    action: PolicyAction
    decided: int
    """Tokens before it."""
    at_s: float
    intrude: bool
    told: bool
    """False: of a rule beside the choices; nobody asks for its outcome."""
    drops: tuple[float, float] | None = None
    complete: bool = False
    reject: bool = False
    heard: set[FeedbackKind] = field(default_factory=set)

    def until_s(self) -> float:
        """Return when nothing more can come of it."""
        return self.at_s + followed_s(self.action)

    def contradicts(self, kind: FeedbackKind) -> bool:
        """Tell whether an answer says the opposite of an earlier one."""
        if kind is FeedbackKind.DISMISSED:
            return bool(self.heard & (_CLOSED - {kind}))
        return kind in _CLOSED and FeedbackKind.DISMISSED in self.heard

    def outcome(self, choice: str) -> ChoiceOutcome:
        fatigue, boredom = (None, None) if self.drops is None else self.drops
        return ChoiceOutcome(
            choice=choice,
            fatigue_drop=fatigue,
            boredom_drop=boredom,
            complete=self.complete,
            reject=self.reject,
            intrude=self.intrude,
        )


@dataclass(slots=True, kw_only=True)
class _Stay:
    """One student on one seat."""

    occupancy: OccupancyKey
    last_s: float
    log: ReadingLog = field(default_factory=ReadingLog)
    followed: dict[str, _Followed] = field(default_factory=dict)

    def add(self, reading: AffectReading, *, present: bool) -> None:
        """Take in a token, and those that were lost before it as absence."""
        lost = round((reading.at_s - self.last_s) * TOKEN_HZ) - 1
        for _ in range(min(lost, KEPT_TOKENS)):
            self._take(_NOBODY, present=False)
        self._take(reading.probabilities.astype(np.float64), present=present)
        self.last_s = reading.at_s

    def _take(self, probabilities: Float64Array, *, present: bool) -> None:
        self.log.add(probabilities, present=present)
        for one in self.followed.values():
            if len(self.log) == one.decided + DELAY_TOKENS:
                one.drops = self.log.drops(one.decided)


class RewardLedger:
    """Follows every seat; an outcome is handed out once. Not thread-safe."""

    def __init__(self, *, on_answer: Callable[[SeatKey, PolicyAction, bool], None]) -> None:
        """Begin with nobody.

        Args:
            on_answer: Told once of each action that a student has accepted (True) or closed.
        """
        self._on_answer = on_answer
        self._stays: dict[SeatKey, _Stay] = {}
        self._settled: list[ChoiceOutcome] = []

    def see(self, reading: AffectReading, *, present: bool) -> None:
        """Take in one token of one seat; ``present``: somebody could be read."""
        stay = self._stays.get(reading.seat)
        if stay is not None and (
            stay.occupancy != reading.occupancy or reading.at_s < stay.last_s
        ):  # somebody else, or the camera's clock began anew
            self.end(reading.seat)
            stay = None
        if reading.occupancy is None or (stay is not None and reading.at_s == stay.last_s):
            return
        if stay is None:
            stay = _Stay(occupancy=reading.occupancy, last_s=reading.at_s - TOKEN_S)
            self._stays[reading.seat] = stay
        stay.add(reading, present=present)
        for name, one in list(stay.followed.items()):
            if stay.last_s >= one.until_s() - _SLACK_S:
                self._settle(stay, name)

    def follow(
        self,
        name: str,
        seat: SeatKey,
        action: PolicyAction,
        *,
        intrude: bool = False,
        told: bool = True,
    ) -> None:
        """Begin to follow what was done just now about whoever sits there.

        Args:
            name: Id of the choice, and of the intervention if there is one.
            seat: Where.
            action: What was done; doing nothing shows nothing.
            intrude: It came too soon after the last, or was one too many.
            told: False: of a rule beside the choices, so no outcome is handed out.
        """
        stay = self._stays.get(seat)
        if stay is None:
            return
        stay.followed[name] = _Followed(
            action=action, decided=len(stay.log), at_s=stay.last_s, intrude=intrude, told=told
        )
        if action is not PolicyAction.NOTHING:
            stay.log.note_screen_event()

    def note_screen_event(self, seat: SeatKey) -> None:
        """Something has appeared on a student's screen or gone from it."""
        stay = self._stays.get(seat)
        if stay is not None:
            stay.log.note_screen_event()

    def answer(self, seat: SeatKey, feedback: Feedback) -> Heard:
        """Take in what a student did with a command.

        Args:
            seat: That of the terminal that says so.
            feedback: What it says.
        """
        stay = self._stays.get(seat)
        one = None if stay is None else stay.followed.get(feedback.command)
        if stay is None or one is None:
            elsewhere = any(feedback.command in each.followed for each in self._stays.values())
            return Heard.OTHER_TERMINAL if elsewhere else Heard.UNKNOWN
        if one.action is PolicyAction.NOTHING:
            return Heard.UNKNOWN  # nothing was sent
        if feedback.kind in one.heard:
            return Heard.DUPLICATE
        if one.contradicts(feedback.kind):
            return Heard.CONTRADICTS
        stay.log.note_screen_event()
        answered = bool(one.heard & _CLOSED)
        one.heard.add(feedback.kind)
        if feedback.kind is FeedbackKind.COMPLETED:
            one.complete = True
        elif feedback.kind is FeedbackKind.RATED:
            one.reject |= rejects(rating=feedback.rating)
        elif feedback.kind is FeedbackKind.DISMISSED:
            # A terminal that does not say when may have been slow to say it at all.
            after_s = stay.last_s - one.at_s if feedback.after_s is None else feedback.after_s
            one.reject |= rejects(closed_after_s=after_s)
        if feedback.kind in _CLOSED and not answered:
            self._on_answer(seat, one.action, feedback.kind is not FeedbackKind.DISMISSED)
        return Heard.COUNTED

    def end(self, seat: SeatKey) -> None:
        """Settle what is open about whoever leaves, with what is known."""
        stay = self._stays.pop(seat, None)
        if stay is not None:
            for name in list(stay.followed):
                self._settle(stay, name)

    def take_outcomes(self) -> tuple[ChoiceOutcome, ...]:
        """Return what has been settled since the last call."""
        taken = tuple(self._settled)
        self._settled.clear()
        return taken

    def _settle(self, stay: _Stay, name: str) -> None:
        one = stay.followed.pop(name)
        if one.told:
            self._settled.append(one.outcome(name))
