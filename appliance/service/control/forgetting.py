"""An erasure that reaches everything that is known of a seat, not only what is on the disk."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from appliance.domain.seats import SeatKey
from appliance.mqtt.client import BrokerClient
from appliance.pipeline import Pipeline
from appliance.storage.erasure import Erasure, ErasureReport


class Forgetting:
    """Erases a seat from windows, episodes, cool-downs, outbox, checkpoint and databases."""

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        held: Callable[[], AbstractContextManager[object]],
        broker: BrokerClient,
        checkpoint: Callable[[], None],
        erasure: Erasure,
    ) -> None:
        """Connect those who know something.

        Args:
            pipeline: Windows, open episodes, cool-downs, what a learned policy follows.
            held: Lets no token be closed while a block lasts.
            broker: What is still to be sent.
            checkpoint: Writes anew what a restart would go on with.
            erasure: Rows and files.
        """
        self._pipeline = pipeline
        self._held = held
        self._broker = broker
        self._checkpoint = checkpoint
        self._erasure = erasure

    def erase(self, seat: SeatKey, *, actor: str) -> ErasureReport:
        """Erase everything about a seat; nothing of it is stored or sent afterwards.

        Memory goes first and the rows last, with no token closed in between: what was on its way
        to the disk is there by then, and goes with the rest. Whoever still sits there is somebody
        new to the box.

        Raises:
            StorageError: The rows could not be erased; memory has forgotten all the same.
        """
        with self._held():
            self._pipeline.erase(seat)
            self._broker.forget(seat)
            self._checkpoint()
            return self._erasure.erase(actor=actor, seat=seat)
