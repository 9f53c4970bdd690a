"""Alerts, decisions and feedback: the DecisionStore on SQLite."""

from sqlite_utils import Database

from appliance.domain.alerts import Alert
from appliance.domain.interventions import Action, Feedback, FeedbackRecord, Intervention
from appliance.domain.seats import TerminalKey
from appliance.ports import Clock
from appliance.storage.counts import Store
from appliance.storage.writer import StorageWriter

_SENT = "SELECT 1 FROM decisions WHERE id = ? AND terminal = ? AND action NOT IN (?, ?)"
"""What a terminal was sent: a decision is on record before it is, and lasts longer than a command;
the last two are the actions of which no terminal hears."""


class Decisions:
    """Keeps what the box decided and what came of it; see ``DecisionStore``."""

    def __init__(self, writer: StorageWriter, *, clock: Clock) -> None:
        """Write through ``writer``."""
        self._writer = writer
        self._clock = clock

    def record_alert(self, alert: Alert) -> None:
        """Keep the raising or clearing of an alert; evaluations between them are not kept.

        Returns at once; the row is written in the order of the calls.

        Raises:
            StorageError: The store is closed.
        """
        if not (alert.opened or alert.cleared):
            return
        row = {
            "episode": alert.episode,
            "wall_s": self._clock.wall_s(),
            "seat": alert.seat,
            "occupancy": alert.occupancy,
            "affect": alert.affect.value,
            "onset_s": alert.onset_s,
            "opened_s": alert.at_s,
            "cleared_s": alert.at_s if alert.cleared else None,
            "intensity": alert.intensity,
            "severe_s": alert.severe_s,
            "mean_score": alert.evidence.mean_score,
            "tokens_above": alert.evidence.tokens_above,
        }

        def write(database: Database) -> None:
            # The values stay those of the raising; an episode whose raising is unknown (purged,
            # or the file was replaced) begins with its clearing.
            database.table("alerts").insert(row, ignore=True)
            if alert.cleared:
                database.execute(
                    "UPDATE alerts SET cleared_s = ? WHERE episode = ?", [alert.at_s, alert.episode]
                )

        self._writer.post(Store.PRIVACY, write)

    def record_intervention(self, intervention: Intervention, *, terminal: TerminalKey) -> None:
        """Keep a decision; returns when it is on disk.

        Raises:
            StorageError: It could not be kept, so it must not be sent.
        """
        row = {
            "id": intervention.id,
            "wall_s": self._clock.wall_s(),
            "at_s": intervention.at_s,
            "episode": intervention.episode,
            "seat": intervention.seat,
            "occupancy": intervention.occupancy,
            "terminal": terminal,
            "affect": intervention.affect.value,
            "action": intervention.action.value,
            "rule": intervention.rule,
            "reason": intervention.reason,
            "intensity": intervention.intensity,
            "duration_s": intervention.duration_s,
        }

        def write(database: Database) -> None:
            database.table("decisions").insert(row, ignore=True)

        self._writer.run(Store.PRIVACY, write)

    def record_feedback(self, feedback: Feedback) -> FeedbackRecord:
        """Keep an answer to a command that was sent to that terminal, once for each kind.

        Raises:
            StorageError: It could not be kept.
        """
        row = {
            "command": feedback.command,
            "kind": feedback.kind.value,
            "terminal": feedback.terminal,
            "rating": feedback.rating,
            "after_s": feedback.after_s,
            "wall_s": self._clock.wall_s(),
        }

        sent = [feedback.command, feedback.terminal, Action.NONE, Action.CONTACT_TEACHER]

        def write(database: Database) -> FeedbackRecord:
            if database.execute(_SENT, sent).fetchone() is None:
                return FeedbackRecord.FOREIGN
            before = database.conn.total_changes
            database.table("feedback").insert(row, ignore=True)
            first = database.conn.total_changes > before
            return FeedbackRecord.KEPT if first else FeedbackRecord.KNOWN

        return self._writer.run(Store.PRIVACY, write)
