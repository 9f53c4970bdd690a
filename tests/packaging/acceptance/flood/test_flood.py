"""A short flood and a short fuzz: everybody else is heard, and nothing breaks."""

from dataclasses import replace
from pathlib import Path

import pytest
from acceptance.flood.__main__ import LINES_A_MINUTE, Flooded, flood
from acceptance.flood.fuzz import Fuzzed, fuzz_router, fuzz_wire
from acceptance.flood.mutations import TYPES

GOOD = Flooded(
    qos=0,
    messages=1,
    took_s=1.0,
    sent=30,
    arrived=30,
    latest_s=0.1,
    read=1,
    reconnects=0,
    lines_a_minute={"mqtt_flood": 1},
    rss_before_mb=1.0,
    rss_after_mb=1.0,
)


@pytest.mark.long
@pytest.mark.broker
@pytest.mark.parametrize("qos", [0, 1])
def test_thirty_of_thirty_are_heard_beside_a_flood(qos: int) -> None:
    """The shipped broker, the real client, its real outbox; how late it may be says ``make``."""
    told = flood(messages=40_000, seconds=2, honest=30, qos=qos, size=1000)

    assert (told.arrived, told.sent) == (30, 30)
    assert told.read < told.messages / 2
    assert max(told.lines_a_minute.values()) <= LINES_A_MINUTE


@pytest.mark.long
@pytest.mark.broker
def test_a_fuzz_breaks_nothing(tmp_path: Path) -> None:
    """Each message type, in process and on the wire; most, but not all, is refused."""
    told = fuzz_router(tmp_path, messages=300, seed=2)
    told.append(fuzz_wire(tmp_path, messages=800, seed=2))

    assert [one.what for one in told] == [*TYPES, "wire"]
    for one in told:
        assert (one.exceptions, one.lost) == (0, 0)
        assert 0 < one.refused < one.messages


def test_what_should_not_have_been_is_said() -> None:
    """Each measure on its own."""
    assert GOOD.problems() == []
    assert replace(GOOD, arrived=29).problems() == ["QoS 0: 1 of 30 did not arrive"]
    assert replace(GOOD, latest_s=1.1).problems() == ["QoS 0: one was 1.1 s late"]
    assert replace(GOOD, lines_a_minute={"x": 21}).problems() == ["QoS 0: 21 lines a minute of x"]
    fuzzed = Fuzzed(what="wire", messages=9, exceptions=1, refused=0, lost=1, grown_mb=8.1)
    assert fuzzed.problems() == [
        "wire: 1 exceptions",
        "wire: 1 messages were not handled",
        "wire: grew by 8.1 MB",
    ]
