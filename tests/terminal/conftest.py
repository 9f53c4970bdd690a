"""A terminal at a real broker, with the box's side played by a plain client."""

from collections.abc import Iterator

import pytest

from appliance.domain.interventions import FeedbackKind
from appliance.mqtt.contract.classroom import ContextMessage
from appliance.mqtt.private_broker import PrivateBroker
from appliance.terminal.answers import AutoAnswers
from appliance.terminal.applied import AppliedCommands
from tests.support.terminals import PREFIX, MakeSeat, Seat
from tests.support.waiting import wait_until


@pytest.fixture
def make_seat(broker: PrivateBroker) -> Iterator[MakeSeat]:
    """Makes running terminals and stops them at the end."""
    made: list[Seat] = []

    def make(
        *,
        auto: FeedbackKind = FeedbackKind.ACCEPTED,
        context: ContextMessage | None = None,
        applied: AppliedCommands | None = None,
        clock_state: str = "unknown",
        longest_lock_s: float = 0.5,
    ) -> Seat:
        seat = Seat(
            broker.port,
            answers=AutoAnswers(auto, after_s=0.02),
            context=context,
            applied=applied,
            clock_state=clock_state,
            longest_lock_s=longest_lock_s,
        )
        seat.listener.__enter__()
        made.append(seat)
        seat.terminal.start()
        wait_until(lambda: seat.listener.on(f"{PREFIX}/presence"))  # it has subscribed before
        return seat

    yield make
    for seat in made:
        seat.terminal.stop(timeout_s=1.0)
        seat.listener.__exit__()
