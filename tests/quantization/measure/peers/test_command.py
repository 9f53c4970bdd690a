"""Costs become a table; a clip becomes chunks."""

from pathlib import Path

import pytest

from appliance.errors import CameraError
from quantization.measure.box import Variant
from quantization.measure.peers.command import Contenders
from quantization.measure.peers.costs import CHUNK_FRAMES, MEDIAPIPE_ROW, Cost, chunks, tabulate
from quantization.measure.peers.expression import ExpressionCost
from tests.support.clips import write_clip


def cost(cpu_s: float, found: int = 4) -> Cost:
    """Return what one chunk of four frames cost."""
    return Cost(cpu_s=cpu_s, found=found)


def test_the_first_chunk_is_not_counted() -> None:
    """Nor are the frames that were found in it."""
    costs = {MEDIAPIPE_ROW: [cost(100.0), cost(2.0)], "box": [cost(50.0), cost(1.0, found=3)]}

    peer, box = tabulate(costs, [4, 4], bars={})

    assert (peer.cpu_ms_per_frame, peer.of_mediapipe, peer.found) == (500.0, 1.0, 1.0)
    assert (box.cpu_ms_per_frame, box.of_mediapipe, box.found) == (250.0, 0.5, 0.75)
    assert box.bar is None
    assert box.holds is None


@pytest.mark.parametrize(
    ("bar", "holds"), [pytest.param(0.5, True, id="equal"), pytest.param(0.4375, False, id="over")]
)
def test_a_ratio_equal_to_its_bar_holds(bar: float, *, holds: bool) -> None:
    """At most means at most."""
    costs = {MEDIAPIPE_ROW: [cost(1.0), cost(2.0)], "box": [cost(1.0), cost(1.0)]}

    assert tabulate(costs, [4, 4], bars={"box": bar})[1].holds is holds


def test_the_ratio_is_of_the_sums_and_the_spread_of_the_chunks() -> None:
    """One slow chunk moves the quartiles, not the weight of the others."""
    costs = {
        MEDIAPIPE_ROW: [cost(1.0), cost(2.0), cost(6.0)],
        "box": [cost(1.0), cost(2.0), cost(2.0)],
    }

    box = tabulate(costs, [4, 4, 4], bars={})[1]

    assert box.of_mediapipe == 0.5
    assert box.spread == pytest.approx((0.5, 5 / 6))


def test_a_clip_of_the_warm_up_only_is_refused() -> None:
    """There would be nothing to divide by."""
    with pytest.raises(CameraError, match="too short: 4 frames"):
        tabulate({MEDIAPIPE_ROW: [cost(1.0)]}, [4], bars={})


@pytest.mark.parametrize(
    ("asked", "sizes"),
    [
        pytest.param(0, [CHUNK_FRAMES, 10], id="all"),
        pytest.param(CHUNK_FRAMES, [CHUNK_FRAMES], id="exactly-one"),
        pytest.param(CHUNK_FRAMES + 1, [CHUNK_FRAMES, 1], id="one-more"),
    ],
)
def test_a_clip_is_cut_into_chunks(tmp_path: Path, asked: int, sizes: list[int]) -> None:
    """The last one is shorter; no frame is lost or seen twice."""
    clip = write_clip(tmp_path / "clip.avi", frames=CHUNK_FRAMES + 10)

    cut = list(chunks(clip, frames=asked))

    assert [len(chunk) for chunk in cut] == sizes
    indices = [frame.index for chunk in cut for frame in chunk]
    assert indices == list(range(sum(sizes)))


def test_the_speedup_is_the_peers_time_over_the_boxs() -> None:
    """Over one when the box is cheaper."""
    assert ExpressionCost(box_ms=8.0, peer_ms=20.0, input_px=96).speedup == 2.5


def test_both_means_lite_and_full() -> None:
    """One name stands for itself."""
    assert Contenders.BOTH.variants == [Variant.LITE, Variant.FULL]
    assert Contenders.FULL.variants == [Variant.FULL]
