"""The promises of ``FrameSource``, as tests; subclass once per implementation."""

import itertools

import pytest

from appliance.domain.frames import Frame
from appliance.errors import CameraError
from appliance.ports import FrameSource


def read_some(source: FrameSource, count: int) -> list[Frame]:
    """Read frames that must be there."""
    frames = [frame for frame in (source.read() for _ in range(count)) if frame is not None]
    assert len(frames) == count
    return frames


class SourceContract:
    """Expects a ``source`` fixture with at least eight frames, not yet open."""

    def test_times_never_go_back(self, source: FrameSource) -> None:
        """Capture times grow, also over a reconnect."""
        source.open()
        frames = read_some(source, 4)
        source.close()
        source.open()
        frames += read_some(source, 4)

        times = [frame.captured_at_s for frame in frames]
        assert all(later > earlier for earlier, later in itertools.pairwise(times))

    def test_seam_is_marked(self, source: FrameSource) -> None:
        """Only the first frame after opening does not continue; the index counts on."""
        source.open()
        frames = read_some(source, 3)
        source.open()
        frames += read_some(source, 3)

        assert [frame.continues for frame in frames] == [False, True, True] * 2
        assert [frame.index for frame in frames] == [0, 1, 2, 3, 4, 5]

    def test_frames_belong_to_the_camera(self, source: FrameSource) -> None:
        """Every frame names its camera and cannot be written to."""
        source.open()
        (frame,) = read_some(source, 1)

        assert frame.camera == source.camera
        assert not frame.pixels.flags.writeable

    def test_read_without_open_is_an_error(self, source: FrameSource) -> None:
        """A source that is not open, or not any more, does not open itself."""
        with pytest.raises(CameraError, match="is not open"):
            source.read()
        source.open()
        source.close()
        with pytest.raises(CameraError, match="is not open"):
            source.read()

    def test_closing_twice_does_nothing(self, source: FrameSource) -> None:
        """Closing is safe at any time."""
        source.close()
        source.open()
        source.close()
        source.close()
