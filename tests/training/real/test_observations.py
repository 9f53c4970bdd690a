"""Clips are seen once, and short ones go forth and back."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.domain.observations import FaceCues, Observation, PoseLandmarks
from training.real.observations import (
    CAMERA_HZ,
    SEAT,
    SeenClip,
    load_clip,
    play_at_box_rate,
    prolong,
    save_clip,
)


def observation(at_s: float, *, seen: bool = True) -> Observation:
    """Return somebody, or nobody."""
    rng = np.random.default_rng(round(1000 * at_s))
    return Observation(
        seat=SEAT,
        captured_at_s=at_s,
        pose=PoseLandmarks(
            points=rng.normal(size=(33, 4)).astype(np.float32), presence=0.75, head_certainty=0.5
        )
        if seen
        else None,
        face=FaceCues(
            projection=rng.normal(size=16).astype(np.float32),
            embedding=rng.normal(size=320).astype(np.float32),
            expression=rng.normal(size=8).astype(np.float32),
            actions=rng.uniform(size=10).astype(np.float32),
            valence=0.25,
            arousal=-0.5,
            trust=0.75,
            eyes_readable=True,
        )
        if seen
        else None,
        present=seen,
        ambiguous=not seen,
        track=3,
    )


def write_clip(path: Path, *, frames: int, fps: float = CAMERA_HZ) -> Path:
    """Write a clip whose frames get brighter, 4 levels a frame."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (64, 48))
    for index in range(frames):
        writer.write(np.full((48, 64, 3), 4 * (index % 60), dtype=np.uint8))
    writer.release()
    return path


def levels(path: Path, *, first: int = 0, last: int | None = None) -> list[int]:
    """Return which frames are played, by their brightness."""
    frames, _ = play_at_box_rate(path, first=first, last=last)
    return [round(float(frame.pixels.mean()) / 4) for frame in frames]


def test_a_short_clip_goes_twice_forth_and_back(tmp_path: Path) -> None:
    """Neither end is shown twice in a row, and it ends where it began."""
    clip = write_clip(tmp_path / "short.avi", frames=4)
    frames, period_s = play_at_box_rate(clip)
    times = [frame.captured_at_s for frame in frames]

    assert levels(clip) == [0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0]
    assert np.diff(times) == pytest.approx(np.full(12, 1 / CAMERA_HZ))
    assert period_s == pytest.approx(6 / CAMERA_HZ)


def test_only_the_stretch_asked_for_is_played(tmp_path: Path) -> None:
    """Both ends are included."""
    clip = write_clip(tmp_path / "short.avi", frames=8)

    assert levels(clip, first=2, last=4) == [2, 3, 4, 3, 2, 3, 4, 3, 2]


def test_only_the_first_frame_begins_anew(tmp_path: Path) -> None:
    """A tracker goes on over the turns."""
    frames, _ = play_at_box_rate(write_clip(tmp_path / "short.avi", frames=3))

    assert [frame.continues for frame in frames] == [False, *[True] * 8]


def test_a_long_clip_runs_once_up_to_the_limit(tmp_path: Path) -> None:
    """The limit holds for long clips only."""
    clip = write_clip(tmp_path / "long.avi", frames=round(21 * CAMERA_HZ))
    every, period_s = play_at_box_rate(clip)
    some, _ = play_at_box_rate(clip, limit=301)

    assert period_s is None
    assert len(list(every)) == round(21 * CAMERA_HZ)
    assert len(list(some)) == 301


def test_a_faster_clip_is_thinned_out(tmp_path: Path) -> None:
    """Every second frame of 30 fps."""
    assert levels(write_clip(tmp_path / "fast.avi", frames=5, fps=30.0))[:3] == [0, 2, 4]


def test_what_was_seen_is_kept_whole(tmp_path: Path) -> None:
    """Also that nothing was."""
    seen = SeenClip(observations=(observation(0.0), observation(0.1, seen=False)), period_s=0.4)
    save_clip(tmp_path / "new" / "seen.npz", seen)
    again = load_clip(tmp_path / "new" / "seen.npz")

    assert again.period_s == 0.4
    first, second = again.observations
    assert (second.pose, second.face, second.present, second.ambiguous) == (None, None, False, True)
    before = seen.observations[0]
    assert isinstance(first.face, FaceCues)
    assert isinstance(before.face, FaceCues)
    assert first.pose is not None
    assert before.pose is not None
    assert (first.pose.points == before.pose.points).all()
    assert (first.pose.presence, first.pose.head_certainty, first.track) == (0.75, 0.5, 3)
    for name in ("projection", "embedding", "expression", "actions"):
        assert (getattr(first.face, name) == getattr(before.face, name)).all()
    assert (first.face.valence, first.face.arousal, first.face.trust) == (0.25, -0.5, 0.75)
    assert first.face.eyes_readable


def test_the_last_forth_and_back_is_repeated() -> None:
    """Times go on evenly, up to and with the last one asked for."""
    seen = SeenClip(observations=tuple(observation(one / 4) for one in range(9)), period_s=1.0)
    longer = prolong(seen, until_s=3.5)

    assert [one.captured_at_s for one in longer] == pytest.approx(np.arange(15) / 4)
    assert longer[9].pose is seen.observations[5].pose
    assert seen.length_s == 0.5


def test_a_clip_that_runs_once_is_not_repeated() -> None:
    """However short it was cut."""
    seen = SeenClip(observations=tuple(observation(one / 4) for one in range(9)), period_s=None)

    assert prolong(seen, until_s=60.0) == list(seen.observations)
    assert seen.length_s == 2.0
    assert replace(seen, observations=()).length_s == 0.0
