"""Alerts from when they are raised until they are over, and what a teacher thinks of each."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from appliance.domain.affect import Affect
from appliance.domain.seats import SeatKey
from appliance.domain.terminals import Verdict
from appliance.mqtt.contract.box import AlertMessage, AlertPhase, AlertPriority
from appliance.mqtt.contract.seats import BoardSeat, Sight
from appliance.screens.room.seats import LONGEST_ID

ANSWERABLE_S = 300.0
"""After it has cleared: a teacher who has just been there may still say what it was worth."""

MISSED_S = 60.0
"""A board that says for so long that nothing is open stands for a clearing that was never heard."""

MOST_ALERTS = 512
"""Then the oldest goes; a room of 24 seats has three messages a lesson."""


@dataclass(slots=True, kw_only=True)
class KnownAlert:
    """One episode of one seat that teachers were told of."""

    id: str
    """For pages: the same from raising to clearing, and no word of the box's in it."""

    episode: str
    """As the box calls it."""

    seat: SeatKey
    """Where."""

    affect: Affect
    """What."""

    priority: AlertPriority
    """How soon to look."""

    phase: AlertPhase
    """Where it stands."""

    message: str
    """Id of the newest message about it, which an answer refers to."""

    heard_s: float
    """When that came, own monotonic time."""

    since_s: float
    """Back-dated beginning, Unix time."""

    duration_s: float | None
    """How long it had lasted then, seconds; None where the message named the seat only."""

    share: float | None
    """Mean score over the window, [0, 1]; that of the class where a rule raised it."""

    by_rule: bool = False
    """A rule asks to go there; its clearing may have come before."""

    verdict: Verdict | None = None
    """What a teacher has said."""

    cleared_s: float | None = None
    """When it was over, own monotonic time; None while it is open."""

    @property
    def waits(self) -> bool:
        """True while a rule's wish has no answer: it stays, also when what led to it is over."""
        return self.by_rule and self.verdict is None

    def as_row(self, *, paused: bool) -> dict[str, object]:
        """Return what a page is told.

        Args:
            paused: Its seat is: whatever it was raised for is not seen any more.
        """
        return {
            "id": self.id,
            "seat": self.seat,
            "affect": self.affect.value,
            "priority": self.priority.value,
            "phase": (AlertPhase.CLEARED if paused else self.phase).value,
            "since_s": round(self.since_s),
            "share": None if self.share is None else round(self.share, 2),
            "minutes": None if self.duration_s is None else round(self.duration_s / 60, 1),
            "verdict": None if self.verdict is None else self.verdict.value,
        }


class AlertBook:
    """Alerts by seat and episode. Whoever calls keeps other threads out."""

    def __init__(self) -> None:
        """Begin with none."""
        self._alerts: dict[str, KnownAlert] = {}

    def open(self) -> list[KnownAlert]:
        """Return the open ones, the most urgent first, then the newest."""
        found = [one for one in self._alerts.values() if one.cleared_s is None]
        return sorted(
            found, key=lambda one: (one.priority is not AlertPriority.HIGHEST, -one.since_s)
        )

    def find(self, alert: str) -> KnownAlert | None:
        """Return one by its id, also when it has just cleared."""
        return self._alerts.get(alert)

    def take(self, body: AlertMessage, *, message: str, now_s: float, wall_s: float) -> None:
        """Take a message, and each seat that shares it.

        Args:
            body: The message.
            message: Its id.
            now_s: Own monotonic time.
            wall_s: Unix time.
        """
        for heard in _named(body, message=message, now_s=now_s, wall_s=wall_s):
            if body.phase is AlertPhase.CLEARED:
                known = self._alerts.get(heard.id)
                if known is not None and known.cleared_s is None:
                    known.cleared_s, known.phase = now_s, AlertPhase.CLEARED
            else:
                self._keep(heard)

    def follow(self, boards: Mapping[SeatKey, BoardSeat], *, now_s: float) -> bool:
        """End what boards no longer know of, and forget what cannot be answered any more.

        Returns:
            False when nothing has changed.
        """
        gone = [
            one.id
            for one in self._alerts.values()
            if one.cleared_s is not None and one.cleared_s <= now_s - ANSWERABLE_S
        ]
        for alert in gone:
            del self._alerts[alert]
        missed = [one for one in self.open() if _is_over(one, boards.get(one.seat), now_s=now_s)]
        for one in missed:
            one.cleared_s, one.phase = now_s, AlertPhase.CLEARED
        return bool(gone or missed)

    def forget(self) -> None:
        """Forget all."""
        self._alerts.clear()

    def _keep(self, heard: KnownAlert) -> None:
        known = self._alerts.pop(heard.id, None)
        if known is not None:
            heard.verdict = known.verdict
            heard.by_rule |= known.by_rule
            heard.since_s = min(heard.since_s, known.since_s)
            if heard.share is None:
                heard.share, heard.duration_s = known.share, known.duration_s
            if known.priority is AlertPriority.HIGHEST:
                heard.priority = known.priority
        self._alerts[heard.id] = heard  # at the end: it is the newest
        while len(self._alerts) > MOST_ALERTS:
            cleared = (one.id for one in self._alerts.values() if one.cleared_s is not None)
            del self._alerts[next(cleared, next(iter(self._alerts)))]


def alert_id(seat: SeatKey, episode: str) -> str:
    """Return the id of an alert for pages; what a box writes into an episode stays out of it."""
    return hashlib.sha256(f"{seat}/{episode}".encode()).hexdigest()[:24]


def _named(
    body: AlertMessage, *, message: str, now_s: float, wall_s: float
) -> Iterator[KnownAlert]:
    share = body.intensity if body.evidence is None else body.evidence.mean_score
    # What a box measures cannot be older than the day.
    duration_s = min(body.duration_s, 86400.0)
    if len(body.seat) <= LONGEST_ID:
        yield KnownAlert(
            id=alert_id(body.seat, body.episode),
            episode=body.episode,
            seat=body.seat,
            affect=body.affect,
            priority=body.priority,
            phase=body.phase,
            message=message,
            heard_s=now_s,
            since_s=wall_s - duration_s,
            duration_s=duration_s,
            share=share,
            by_rule=bool(body.rule),
        )
    for other in body.others:
        if len(other.seat) <= LONGEST_ID:
            yield KnownAlert(
                id=alert_id(other.seat, other.episode),
                episode=other.episode,
                seat=other.seat,
                affect=other.affect,
                priority=other.priority,
                phase=AlertPhase.RAISED,
                message=message,
                heard_s=now_s,
                since_s=wall_s,
                duration_s=None,
                share=None,
                by_rule=other.priority is AlertPriority.HIGHEST,
            )


def _is_over(alert: KnownAlert, board: BoardSeat | None, *, now_s: float) -> bool:
    if board is None or board.alert == alert.episode or alert.waits:
        return False
    # Nothing is raised for a seat that is paused: its board cannot be older than the alert.
    return board.sight is Sight.PAUSED or now_s - alert.heard_s >= MISSED_S
