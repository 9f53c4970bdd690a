"""Few messages to a teacher: ranked, grouped, and spread over the lesson.

A teacher who is called for every alert stops looking. So the open alerts of all seats of a box
share a budget of N messages per lesson (docs/DESIGN.md, 5):

* **Silence.** After a message the box is silent for ``lesson_s / N``. So any stretch of
  ``lesson_s`` holds at most N messages, and the first minutes of a lesson do not spend them all.
* **Group.** The first alert after a silence waits ``gather_s`` for company; one that became open
  during the silence has waited already. Then one message names every seat that has not been named
  in its present episode, most urgent first, up to ``seats`` of them.
* **Few seats.** A box with no more seats than messages (``spread=False``) has nobody to wait for:
  each alert goes at once until N have gone in the last ``lesson_s``.
* **Rank.** By probable seconds of the state so far: mean score x time since the back-dated onset.
* **Wait.** Who is not named waits for the next message and drops out when the alert clears.
* **Contacts.** A row-0 contact is never dropped and waits for no company: it goes at once, at
  the head of a message that takes the open alerts along; during a silence it waits for its end,
  so at most ``lesson_s / N``, and goes even if its alert has cleared since. It counts as one; only
  where messages are not spread can it be one more than N.
* **Clearing.** The end of an alert that was named is passed on at once and counts as nothing.

The budget is about teachers only: what is stored, and what a student's own terminal is sent, does
not depend on it. Alerts of the focused detector are no news for a teacher.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TypedDict

from appliance.domain.affect import Affect
from appliance.domain.alerts import Alert
from appliance.domain.interventions import Action, Intervention
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.teacher_messages import TeacherMessage
from appliance.errors import StorageError

MESSAGES = 3  # docs/DESIGN.md, 5: per lesson of 24 seats
LESSON_S = 2700.0  # 45 min; the box knows no timetable, so any 45 min count as a lesson
# Ours: a lone first alert would cost the class a whole silence. In simulated lessons of 24 seats
# 60 s raise the share of episodes that are told from .21 to .30; 120 and 300 s add nothing.
GATHER_S = 60.0
# Ours: what a teacher can still act upon. In the same lessons 24 instead of 8 add nothing.
SEATS = 8


class TeacherBudgetSnapshot(TypedDict):
    """What survives a restart, as JSON."""

    sent_s: list[float]
    told: dict[str, list[str]]
    contacts: dict[str, list[dict[str, Any]]]


class TeacherBudget:
    """Decides second by second which open alerts become a message now; see the module."""

    def __init__(
        self,
        *,
        messages: int = MESSAGES,
        lesson_s: float = LESSON_S,
        gather_s: float = GATHER_S,
        seats: int = SEATS,
        spread: bool = True,
    ) -> None:
        """Start with nobody told.

        Args:
            messages: N, at least 1.
            lesson_s: Length of a lesson, seconds of capture time.
            gather_s: Time that the first alert after a silence waits for others, seconds.
            seats: Seats that one message may name beside its contacts, at least 1.
            spread: Keep the silence and wait for company; False for a box with few seats.

        Raises:
            ValueError: A number makes every message impossible.
        """
        if messages < 1 or seats < 1 or lesson_s <= 0 or gather_s < 0:
            msg = (
                "need messages >= 1, seats >= 1, lesson_s > 0 and gather_s >= 0, got "
                f"{messages}, {seats}, {lesson_s:g} and {gather_s:g}"
            )
            raise ValueError(msg)
        self._lesson_s = lesson_s
        self._silence_s = lesson_s / messages
        self._gather_s = gather_s if spread else 0.0
        self._seats = seats
        self._spread = spread
        self._now_s = float("-inf")
        self._sent_s: deque[float] = deque(maxlen=messages)
        self._told: dict[str, SeatKey] = {}  # by episode, until it clears
        self._open: dict[str, Alert] = {}  # by episode, not told yet, as it stands
        self._since_s: dict[str, float] = {}  # by episode in _open: when it came to be there
        self._contacts: list[Intervention] = []  # waiting, oldest first
        self._last: TeacherMessage | None = None  # the one of this token that counts

    def choose(
        self, alerts: Sequence[Alert], decisions: Sequence[Intervention], *, now_s: float
    ) -> tuple[TeacherMessage, ...]:
        """Take in what one token has led to and return what teachers are told now.

        Args:
            alerts: As the monitor hands them out.
            decisions: Of the rules; only contacts matter here.
            now_s: Capture time of the token, seconds. Cameras of a box share a clock or start
                together; where they drift apart the latest time counts.

        Returns:
            Each clearing of an alert that was told, then at most one message that counts.
        """
        self._now_s = max(self._now_s, now_s)
        self._last = None
        messages = [
            TeacherMessage(alerts=(alert,)) for alert in alerts if self._take(alert) is not None
        ]
        self._contacts += [one for one in decisions if one.action is Action.CONTACT_TEACHER]
        if self._is_due():
            self._last = self._compose()
            messages.append(self._last)
        return tuple(messages)

    def forget(self, seat: SeatKey) -> None:
        """Tell nothing more about whoever sat there: consent is withdrawn, or they logged off.

        What was told can still be cleared.
        """
        self._contacts = [one for one in self._contacts if one.seat != seat]
        for episode in [key for key, alert in self._open.items() if alert.seat == seat]:
            self._drop(episode)

    def take_back(self, contact: str) -> None:
        """Forget a contact of this token that is not on record, and so is not told.

        Args:
            contact: Id of its intervention; any other is ignored.
        """
        self._contacts = [one for one in self._contacts if one.id != contact]
        message = self._last
        if message is None or contact not in [one.id for one in message.contacts]:
            return
        left = tuple(one for one in message.contacts if one.id != contact)
        for one in message.contacts:
            if one.id == contact:
                self._told.pop(one.episode, None)
        if left or message.alerts:
            self._last = TeacherMessage(contacts=left, alerts=message.alerts)
        else:
            self._last = None
            self._sent_s.pop()  # nothing is said, so no silence begins

    def erase(self, seat: SeatKey) -> None:
        """Do what ``forget`` does, and clear nothing either: nothing of it may be told again."""
        self.forget(seat)
        self._told = {episode: its for episode, its in self._told.items() if its != seat}

    def snapshot(self) -> TeacherBudgetSnapshot:
        """Return what was told and what waits; open alerts come again from the monitor."""
        told: dict[str, list[str]] = {}
        for episode, seat in self._told.items():
            told.setdefault(seat, []).append(episode)
        contacts: dict[str, list[dict[str, Any]]] = {}
        for one in self._contacts:
            contacts.setdefault(one.seat, []).append(asdict(one))
        return {"sent_s": list(self._sent_s), "told": told, "contacts": contacts}

    def restore(self, snapshot: TeacherBudgetSnapshot, *, shift_s: float = 0.0) -> None:
        """Go on from a checkpoint as if nothing had happened in between.

        Args:
            snapshot: What ``snapshot`` returned, possibly by way of JSON.
            shift_s: Added to its capture times, where the clock began anew with the machine.

        Raises:
            StorageError: The checkpoint is damaged; nothing is restored.
        """
        try:
            sent_s = [time_s + shift_s for time_s in snapshot["sent_s"]]
            told = {
                episode: SeatKey(seat)
                for seat, episodes in snapshot["told"].items()
                for episode in episodes
            }
            contacts = [
                _contact(saved, shift_s=shift_s)
                for waiting in snapshot["contacts"].values()
                for saved in waiting
            ]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            msg = "the checkpoint of the teachers' messages is damaged; start without it"
            raise StorageError(msg) from error
        self._sent_s = deque(sent_s, maxlen=self._sent_s.maxlen)
        self._told = told
        self._contacts = sorted(contacts, key=lambda one: one.at_s)

    def _take(self, alert: Alert) -> Alert | None:
        """Note where an episode stands; return it when somebody must hear that it is over."""
        if alert.cleared:
            self._drop(alert.episode)
            return None if self._told.pop(alert.episode, None) is None else alert
        if alert.affect is not Affect.FOCUSED and alert.episode not in self._told:
            self._open[alert.episode] = alert
            self._since_s.setdefault(alert.episode, self._now_s)
        return None

    def _drop(self, episode: str) -> None:
        self._open.pop(episode, None)
        self._since_s.pop(episode, None)

    def _is_due(self) -> bool:
        silent = bool(self._sent_s) and self._now_s - self._sent_s[-1] < self._silence_s
        spent = (
            len(self._sent_s) == self._sent_s.maxlen
            and self._now_s - self._sent_s[0] < self._lesson_s
        )
        if silent and (self._spread or spent):
            return False
        if self._contacts:
            return True
        gathered = self._now_s - min(self._since_s.values(), default=self._now_s) >= self._gather_s
        return bool(self._open) and gathered and not spent

    def _compose(self) -> TeacherMessage:
        contacts = tuple(self._contacts)
        self._contacts = []
        for one in contacts:
            self._drop(one.episode)
        ranked = sorted(self._open.values(), key=lambda alert: (-_urgency(alert), alert.seat))
        message = TeacherMessage(contacts=contacts, alerts=tuple(ranked[: self._seats]))
        self._sent_s.append(self._now_s)
        self._told.update((one.episode, one.seat) for one in message.contacts)
        for alert in message.alerts:
            self._told[alert.episode] = alert.seat
            self._drop(alert.episode)
        return message


def _urgency(alert: Alert) -> float:
    """Return the probable seconds that the state has lasted."""
    return alert.evidence.mean_score * (alert.at_s - alert.onset_s)


def _contact(saved: dict[str, Any], *, shift_s: float) -> Intervention:
    known = {
        **saved,
        "seat": SeatKey(saved["seat"]),
        "occupancy": OccupancyKey(saved["occupancy"]),
        "affect": Affect(saved["affect"]),
        "action": Action(saved["action"]),
        "at_s": saved["at_s"] + shift_s,
    }
    return Intervention(**known)
