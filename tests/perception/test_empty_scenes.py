"""Real scenes without a person give no pose for longer than half a second."""

import pytest

from appliance.cameras.clip import ClipSource
from appliance.domain.frames import CameraKey
from tests.support.real_clips import video_folder
from tests.support.shipped_perception import shipped_tracker

LONGEST_GHOST_S = 0.5


@pytest.mark.parametrize(
    ("clip", "first", "last"),
    [
        pytest.param("no_face.mp4", 0, 94, id="cartoon-title"),
        pytest.param("face_noface.mov", 72, 168, id="title-after-a-person"),
        pytest.param("noface_face.mov", 0, 95, id="title-before-a-person"),
        pytest.param("one_by_one.mp4", 0, 58, id="table-before-anybody"),
        pytest.param("one_by_one.mp4", 206, 226, id="table-after-somebody"),
    ],
)
def test_nobody_stays_nobody(clip: str, first: int, last: int) -> None:
    """Empty by eye from the first to the last frame."""
    source = ClipSource(camera=CameraKey("front"), path=video_folder() / clip)
    tracker = shipped_tracker()
    longest_s, ghost_since_s = 0.0, None
    source.open()
    while (frame := source.read()) is not None and frame.index <= last:
        pose = tracker.track(frame.pixels, frame.captured_at_s)
        if pose is None or frame.index < first:
            ghost_since_s = None
            continue
        ghost_since_s = frame.captured_at_s if ghost_since_s is None else ghost_since_s
        longest_s = max(longest_s, frame.captured_at_s - ghost_since_s)
    source.close()

    assert longest_s <= LONGEST_GHOST_S
