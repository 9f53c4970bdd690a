"""Another box with the same id on the same broker.

A broker lets one client of an identity in and throws the older one out; Mosquitto 2.0 does so
without saying why. So a box looks whose retained status it finds at the beginning of each
connection.
"""

from collections.abc import Callable

from appliance.errors import ContractError
from appliance.mqtt.contract.envelope import parse_message
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.wire.messages import Delivery


class TwinWatch:
    """Reads what stands under the box's own status; not thread-safe."""

    def __init__(
        self, *, topic: str, boot: str, contracts: Contracts, on_twin: Callable[[], None]
    ) -> None:
        """Prepare.

        Args:
            topic: Of the own status.
            boot: Of this process, as its messages have it.
            contracts: Of what others may write there.
            on_twin: Called for each status of another box.
        """
        self._topic = topic
        self._boot = boot
        self._contracts = contracts
        self._on_twin = on_twin
        self._stands = False  # until it does, that of our own last run may stand there

    def takes(self, delivery: Delivery) -> bool:
        """Tell whether a delivery was meant for this watch."""
        if delivery.topic != self._topic:
            return False
        try:
            message = parse_message(delivery.payload, self._contracts)
        except ContractError:
            return True
        if message.boot == self._boot:
            self._stands = True
        elif self._stands:
            self._on_twin()
        return True
