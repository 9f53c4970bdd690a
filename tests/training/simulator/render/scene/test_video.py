"""Frames into a file."""

from pathlib import Path

import cv2
import numpy as np

from training.simulator.render.scene.video import video_writer


def test_a_written_clip_can_be_read_again(tmp_path: Path) -> None:
    """Same number of frames, about the same picture, at its rate."""
    path = tmp_path / "clip.mp4"
    with video_writer(path, size_wh=(64, 48), fps=15.0, crf=18) as write:
        for level in range(0, 200, 10):
            write(np.full((48, 64, 3), level, dtype=np.uint8))

    clip = cv2.VideoCapture(str(path))
    levels = []
    while True:
        more, picture = clip.read()
        if not more:
            break
        levels.append(float(picture.mean()))

    assert clip.get(cv2.CAP_PROP_FPS) == 15.0
    assert np.abs(np.array(levels) - np.arange(0, 200, 10)).max() < 6
