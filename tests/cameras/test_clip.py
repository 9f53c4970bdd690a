"""A clip gives the same frames and times every run, and never spins or blocks."""

import itertools
import os
from pathlib import Path

import pytest

from appliance.cameras.clip import MAX_LAG_S, ClipSource
from appliance.domain.frames import CameraKey, Frame
from appliance.errors import CameraError
from appliance.host.breadcrumbs import Breadcrumbs, MarkedSource
from appliance.metering.meter import CpuMeter
from appliance.metering.metered import MeteredSource
from appliance.ports import FrameSource
from tests.cameras.source_contract import SourceContract, read_some
from tests.support.clips import number_of, write_clip, write_timed_clip

FRONT = CameraKey("front")


def play(source: ClipSource) -> list[Frame]:
    """Open a clip and read it to its end."""
    source.open()
    return list(iter(source.read, None))


class TestContract(SourceContract):
    """The promises of the port."""

    @pytest.fixture(params=["alone", "metered", "marked"])
    def source(self, tmp_path: Path, request: pytest.FixtureRequest) -> FrameSource:
        """Return a looped clip, as it is and as a box wraps it."""
        clip = ClipSource(
            camera=FRONT, path=write_clip(tmp_path / "clip.avi", frames=12), loop=True
        )
        wrapped: dict[str, FrameSource] = {
            "alone": clip,
            "metered": MeteredSource(clip, CpuMeter()),
            "marked": MarkedSource(clip, Breadcrumbs()),
        }
        return wrapped[request.param]


def test_same_frames_and_times_every_run(tmp_path: Path) -> None:
    """Two runs agree in every picture and every time, and the times are the container's."""
    path = write_clip(tmp_path / "clip.avi", frames=32, fps=16)

    first, second = (play(ClipSource(camera=FRONT, path=path)) for _ in range(2))

    assert [number_of(frame) for frame in first] == list(range(32))
    assert [frame.captured_at_s for frame in first] == [index / 16 for index in range(32)]
    for one, other in zip(first, second, strict=True):
        assert one.captured_at_s == other.captured_at_s
        assert (one.pixels == other.pixels).all()


def test_loop_keeps_counting_and_marks_the_seam(tmp_path: Path) -> None:
    """The second round follows one frame period after the first and does not continue it."""
    path = write_clip(tmp_path / "clip.avi", frames=4, fps=16)
    source = ClipSource(camera=FRONT, path=path, loop=True)
    source.open()

    frames = read_some(source, 9)

    assert [number_of(frame) for frame in frames] == [0, 1, 2, 3, 0, 1, 2, 3, 0]
    assert [frame.captured_at_s for frame in frames] == [index / 16 for index in range(9)]
    assert [frame.index for frame in frames if not frame.continues] == [0, 4, 8]


@pytest.mark.parametrize(
    ("fps", "numbers"),
    [
        pytest.param(8.0, [0, 2, 4, 6, 8, 10, 12, 14], id="every-second"),
        pytest.param(16.0, list(range(16)), id="own-rate"),
        pytest.param(30.0, list(range(16)), id="faster-than-the-clip"),
        pytest.param(12.0, [0, 1, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15], id="three-of-four"),
    ],
)
def test_wanted_rate_is_kept_on_average(tmp_path: Path, fps: float, numbers: list[int]) -> None:
    """Frames are left out on a grid of media time."""
    path = write_clip(tmp_path / "clip.avi", frames=16, fps=16)

    frames = play(ClipSource(camera=FRONT, path=path, fps=fps))

    assert [number_of(frame) for frame in frames] == numbers
    assert [frame.index for frame in frames] == list(range(len(numbers)))


def test_missing_clip_is_named(tmp_path: Path) -> None:
    """The message says which camera and which file."""
    source = ClipSource(camera=FRONT, path=tmp_path / "gone.avi")

    with pytest.raises(CameraError, match=r"front: cannot read clip .*gone\.avi: No such file"):
        source.open()


@pytest.mark.parametrize(
    "content", [pytest.param(b"", id="empty"), pytest.param(b"text " * 999, id="no-video")]
)
def test_unreadable_clip_is_an_error(tmp_path: Path, content: bytes) -> None:
    """A file that is no video does not open."""
    path = tmp_path / "clip.avi"
    path.write_bytes(content)

    with pytest.raises(CameraError, match="is not a video that can be read"):
        ClipSource(camera=FRONT, path=path).open()


@pytest.mark.parametrize("loop", [pytest.param(True, id="looped"), pytest.param(False, id="once")])
def test_clip_cut_before_half_is_truncated(tmp_path: Path, loop: bool) -> None:
    """A clip that ends long before its announced length is an error, not an end."""
    path = write_clip(tmp_path / "clip.avi", frames=200)
    os.truncate(path, path.stat().st_size // 2)
    source = ClipSource(camera=FRONT, path=path, loop=loop)

    with pytest.raises(CameraError, match=r"is truncated: \d+ of 200 frames"):
        play(source)


def test_looped_clip_truncated_while_playing_is_an_error(tmp_path: Path) -> None:
    """Shrinking the file under a running loop ends in an error at the seam, and it can recover."""
    path = write_clip(tmp_path / "clip.avi", frames=60)
    source = ClipSource(camera=FRONT, path=path, loop=True)
    source.open()
    before = read_some(source, 2)
    os.truncate(path, path.stat().st_size * 3 // 4)

    with pytest.raises(CameraError, match="truncated"):
        read_some(source, 200)

    write_clip(path, frames=60)
    source.open()
    after = read_some(source, 61)
    assert after[0].captured_at_s > before[-1].captured_at_s
    assert [number_of(frame) for frame in after] == [*range(60), 0]


def test_loop_that_lost_all_its_frames_does_not_spin(tmp_path: Path) -> None:
    """One failed opening is one error; nothing is tried again inside the source."""
    path = write_clip(tmp_path / "clip.avi", frames=8)
    source = ClipSource(camera=FRONT, path=path, loop=True)
    source.open()
    read_some(source, 4)
    path.unlink()

    with pytest.raises(CameraError, match="cannot read clip"):
        read_some(source, 9)
    with pytest.raises(CameraError, match="is not open"):
        source.read()


class Stopwatch:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        """Start at an arbitrary time."""
        self.now_s = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """Return the time."""
        return self.now_s

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.slept.append(seconds)
        self.now_s += seconds


def test_paced_clip_takes_its_own_time(tmp_path: Path) -> None:
    """Frames come when they are due, also over the seam; the first one comes at once."""
    watch = Stopwatch()
    source = ClipSource(
        camera=FRONT,
        path=write_clip(tmp_path / "clip.avi", frames=4, fps=16),
        loop=True,
        paced=True,
        monotonic=watch.monotonic,
        sleep=watch.sleep,
    )
    source.open()

    read_some(source, 9)

    assert watch.slept == [1 / 16] * 8


def test_paced_clip_does_not_race_after_a_long_stop(tmp_path: Path) -> None:
    """A lag beyond the limit is forgiven; one at the limit is caught up."""
    watch = Stopwatch()
    source = ClipSource(
        camera=FRONT,
        path=write_clip(tmp_path / "clip.avi", frames=32, fps=16),
        paced=True,
        monotonic=watch.monotonic,
        sleep=watch.sleep,
    )
    source.open()
    read_some(source, 1)

    watch.now_s += 1 / 16 + MAX_LAG_S  # exactly at the limit: still to be caught up
    read_some(source, 16)
    assert watch.slept == []

    watch.now_s += 10
    read_some(source, 3)
    assert watch.slept == [1 / 16] * 2


def test_variable_rate_keeps_its_timing(tmp_path: Path) -> None:
    """Times are the container's, relative to its first frame, not multiples of a period."""
    path = write_timed_clip(tmp_path / "clip.mkv", [500, 540, 1500, 1600, 3500])

    frames = play(ClipSource(camera=FRONT, path=path))

    times = [frame.captured_at_s for frame in frames]
    assert times == pytest.approx([0.0, 0.04, 1.0, 1.1, 3.0])
    assert [number_of(frame) for frame in frames] == [0, 1, 2, 3, 4]


def test_broken_time_stamps_still_go_forward(tmp_path: Path) -> None:
    """Stamps that repeat or go back are replaced by a step; later good ones count again."""
    path = write_timed_clip(tmp_path / "clip.mkv", [0, 40, 40, 0, 80, 2000])

    times = [frame.captured_at_s for frame in play(ClipSource(camera=FRONT, path=path))]

    assert len(times) == 6
    assert all(later > earlier for earlier, later in itertools.pairwise(times))
    assert times[-1] == pytest.approx(2.0)
