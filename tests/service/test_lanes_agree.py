"""A recorded clip leads to the same readings however many lanes look at it."""

from pathlib import Path

import pytest

from appliance.mqtt.private_broker import PrivateBroker
from tests.support.demo import cut_demo, replay

SECONDS = 6


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the beginning of the packaged clip."""
    return cut_demo(tmp_path_factory.mktemp("clip") / "short.avi", seconds=SECONDS)


@pytest.mark.long
@pytest.mark.broker
def test_one_lane_and_three_agree_to_the_bit(clip: Path, tmp_path: Path) -> None:
    """Nothing is dropped, and no order of work shows in the result."""
    with PrivateBroker(tmp_path / "broker") as broker:
        one, stored = replay(clip, tmp_path / "one", port=broker.port, lanes=1)
        three, _ = replay(clip, tmp_path / "three", port=broker.port, lanes=3)

    assert len(one) >= 2 * 5 * (SECONDS - 1)
    assert one == three
    assert stored == len(one)
