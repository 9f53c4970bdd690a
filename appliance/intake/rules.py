"""Which tokens a decider takes: from the seat's own sensor, and such as its fusion was made for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from appliance.domain.seats import SeatKey
from appliance.domain.token_packets import SensorKey, TokenPacket
from appliance.domain.tokens import UNDEFINED_WITHOUT_EMOTION

_UNDEFINED = list(UNDEFINED_WITHOUT_EMOTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """What the configuration and the fusion model ask of tokens."""

    sensors: Mapping[SeatKey, SensorKey]
    """Which sensor sees each seat."""

    fusion: str
    """Name and version of the fusion model."""

    encoders: Collection[str]
    """Names and versions of the expression encoders that it was made for."""

    fatigue_only: bool
    """Whether columns that speak of moods must be 0."""

    def objection(self, packet: TokenPacket) -> str:
        """Return in one line why a packet is not taken and how to mend it; empty if it is."""
        own = self.sensors.get(packet.seat)
        if packet.sensor != own:
            return (
                f"sensor {packet.sensor} sends tokens of seat {packet.seat}, which is the seat of "
                f"sensor {own} here: correct [cameras] of the one or [sensors] of this box, and "
                "the broker's ACL"
            )
        if packet.encoder not in self.encoders:
            return (
                f"sensor {packet.sensor} looks with {packet.encoder!a}, and {self.fusion} of this "
                f"box was made for {' or '.join(sorted(self.encoders)) or 'no sensor'}: install "
                "the same release of Classroom Box on both, with the same [policy] profile"
            )
        if self.fatigue_only and packet.face[:, _UNDEFINED].any():
            return (
                f"sensor {packet.sensor} sends columns that speak of moods, and the profile of "
                "this box is fatigue-only: set it under [policy] of the sensor, too"
            )
        return ""
