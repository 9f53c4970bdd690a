"""Commands and alerts on their way into the outbox."""

from collections.abc import Callable

import structlog

from appliance.domain.commands import OutboxEntry
from appliance.domain.seats import TerminalKey
from appliance.mqtt.contract.box import AlertMessage
from appliance.mqtt.contract.commands import CommandBody, UnlockScreen
from appliance.mqtt.contract.envelope import ALERT_TTL_S, Message, Stamper
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.outbox import Outbox
from appliance.ports import Clock

log = structlog.get_logger()


class Dispatch:
    """Puts an envelope around what is said to terminals and teachers; any thread may call."""

    def __init__(
        self,
        *,
        topics: RoomTopics,
        stamper: Stamper,
        outbox: Outbox,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        """Connect.

        Args:
            topics: Of the room.
            stamper: Of the box.
            outbox: Keeps what is queued.
            clock: Wall time of lifetimes.
            wake: Lets the link look at the outbox.
        """
        self._topics = topics
        self._stamper = stamper
        self._outbox = outbox
        self._clock = clock
        self._wake = wake
        self._unlocks: dict[TerminalKey, str] = {}
        """Of each terminal whose newest command is an unlock: its id."""

    def command(
        self,
        body: CommandBody,
        *,
        terminal: TerminalKey,
        message_id: str | None,
        ttl_s: int | None = None,
    ) -> bool:
        """Queue a command.

        An unlock joins the one before it while that is on its way and nothing came in between: a
        teacher who presses three hundred times asks for one thing.

        Args:
            body: What is asked.
            terminal: Of whom.
            message_id: UUIDv7 that somebody else already knows; None makes a fresh one.
            ttl_s: Lifetime, seconds; None: that of its kind.

        Returns:
            False when the outbox is full.
        """
        unlock = isinstance(body, UnlockScreen)
        if unlock and self._outbox.on_its_way(self._unlocks.get(terminal, "")):
            return True
        lifetime_s = body.TTL_S if ttl_s is None else ttl_s
        message = self._stamper.stamp(body, ttl_s=lifetime_s, message_id=message_id)
        if unlock:
            self._unlocks[terminal] = message.id
        else:
            self._unlocks.pop(terminal, None)
        topic = self._topics.terminal(terminal).command
        return self._queue(message, topic=topic, terminal=terminal, ttl_s=lifetime_s)

    def alert(self, body: AlertMessage, *, message_id: str | None) -> bool:
        """Queue a message for teachers; see ``command``."""
        message = self._stamper.stamp(body, ttl_s=ALERT_TTL_S, message_id=message_id)
        return self._queue(
            message, topic=self._topics.alert(body.seat), terminal=None, ttl_s=ALERT_TTL_S
        )

    def _queue(
        self, message: Message, *, topic: str, terminal: TerminalKey | None, ttl_s: int
    ) -> bool:
        now_s = self._clock.wall_s()
        kept = self._outbox.add(
            OutboxEntry(
                id=message.id,
                terminal=terminal,
                topic=topic,
                payload=message.to_json(),
                created_s=now_s,
                expires_s=now_s + ttl_s,
                updated_s=now_s,
            )
        )
        if not kept:
            log.warning("outbox_refused", topic=topic, entry=message.id)
        self._wake()
        return kept
