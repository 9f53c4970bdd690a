"""What a box says of a lesson: everybody is observed, until somebody pauses the room."""

import threading
import time
from collections.abc import Collection

from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import ControlCommand, ControlReply, ControlRequest, ControlStatus
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.contract.box import BoxHealth, BoxInfo, BoxState, CameraHealth
from appliance.mqtt.contract.schemas import CONTRACT_VERSION
from appliance.mqtt.contract.seats import BoardSeat, ConsentWord, SeatView, Sight, SightReason

AGAIN_S = 20.0
"""Boards, views and reports live for a minute at least."""


class ToldLesson:
    """Tells the broker and answers ``pause`` and ``resume``; any thread may call."""

    def __init__(self, client: BrokerClient, terminals: Collection[str]) -> None:
        """Prepare it; each terminal's seat has its name.

        Args:
            client: Of the box, with its handlers still to be set.
            terminals: Those of the room.
        """
        self._client = client
        self._terminals = tuple(terminals)
        self._began_s = time.monotonic()
        self._paused = False
        self._begun = False

    def begin(self) -> None:
        """Say that there is a lesson, and again and again; a second call does nothing."""
        if self._begun:
            return
        self._begun = True
        self._client.publish_info(
            BoxInfo(software="acceptance", contract=CONTRACT_VERSION, profile="fatigue-only")
        )
        self._client.publish_status(BoxState.READY)
        threading.Thread(target=self._go_on, daemon=True).start()

    def answer(self, request: ControlRequest) -> ControlReply:
        """Pause or go on; nothing else is for a box without cameras."""
        if request.command not in (ControlCommand.PAUSE, ControlCommand.RESUME):
            return ControlReply(status=ControlStatus.REFUSED, detail="there are no cameras")
        self._paused = request.command is ControlCommand.PAUSE
        self._tell()
        return ControlReply(status=ControlStatus.DONE)

    def _go_on(self) -> None:
        while True:
            self._tell()
            time.sleep(AGAIN_S)

    def _tell(self) -> None:
        sight = Sight.PAUSED if self._paused else Sight.OBSERVED
        reason = SightReason.ROOM_PAUSED if self._paused else SightReason.NONE
        for name in self._terminals:
            view = SeatView(sight=sight, reason=reason, consent=ConsentWord.GIVEN)
            self._client.publish_view(TerminalKey(name), view)
            board = BoardSeat(
                seat=SeatKey(name),
                sight=sight,
                reason=reason,
                consent=ConsentWord.GIVEN,
                terminal="online",
            )
            self._client.publish_board(SeatKey(name), board)
        word = "paused" if self._paused else "observed"
        self._client.publish_health(
            BoxHealth(
                uptime_s=time.monotonic() - self._began_s,
                cameras={
                    CameraKey("front"): CameraHealth(
                        state="paused" if self._paused else "live", fps=10.0, frames={"sent": 1000}
                    )
                },
                seats=dict.fromkeys(self._terminals, word),
                broker=self._client.health(),
            )
        )
