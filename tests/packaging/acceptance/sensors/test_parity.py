"""A sensor's tokens, a real broker and a decider read what one process reads."""

from pathlib import Path

import pytest
from acceptance.sensors.parity import NEAR, over_a_broker

from appliance.commands.bench.sensors.one_process import OneProcess, follow_clip
from appliance.commands.demo.packaged import packaged_clip

SECONDS = 26.0
"""Beyond the twenty in which nothing is known of a student."""

pytestmark = [pytest.mark.long, pytest.mark.broker]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> OneProcess:
    """The beginning of the packaged clip in one process."""
    return follow_clip(packaged_clip(), tmp_path_factory.mktemp("alone"), seconds=SECONDS)


def test_whole_numbers_lead_to_the_same_bits(one: OneProcess, tmp_path: Path) -> None:
    """Float32 tokens."""
    found = over_a_broker(one, tmp_path, precision="f4")
    assert (found.worst, found.differences) == (0.0, ())
    assert found.readings == 2 * len(one.results)


def test_half_of_the_bits_are_near_enough(one: OneProcess, tmp_path: Path) -> None:
    """Float16 tokens, at most 2 KB a second."""
    found = over_a_broker(one, tmp_path, precision="f2")
    assert found.differences == ()
    assert 0 < found.worst <= NEAR
    assert found.bytes_most <= 2048
