"""Seats at a real broker and a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.mqtt.private_broker import PrivateBroker
from appliance.screens.locks.lock import Lock
from tests.support.listener import Listener
from tests.support.seat_rooms import BoxSide, MakeServer
from tests.support.seat_server import SeatServer


@pytest.fixture
def box(broker: PrivateBroker) -> Iterator[BoxSide]:
    """The box's side."""
    with Listener(broker.port, "cb/v1/#") as listener:
        yield BoxSide(listener)


@pytest.fixture
def serve(broker: PrivateBroker, tmp_path: Path) -> Iterator[MakeServer]:
    """Makes running servers and stops them at the end."""
    made: list[SeatServer] = []

    def make(
        *,
        gone_s: float = 10.0,
        left_s: float = 300.0,
        school: Path | None = None,
        link: str | None = None,
        lock: Lock | None = None,
        enrolled: bool = True,
    ) -> SeatServer:
        state = tmp_path / "seats"
        made.append(
            SeatServer(
                broker.port,
                state,
                gone_s=gone_s,
                left_s=left_s,
                school=school,
                link=link,
                lock=lock,
                enrolled=enrolled,
            )
        )
        return made[-1].__enter__()

    yield make
    for server in made:
        server.__exit__()
