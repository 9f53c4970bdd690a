"""Eyes and mouth of real people, from pixels to the face stream of a token."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.cameras.clip import ClipSource
from appliance.domain.arrays import BoolArray, Float32Array, Float64Array
from appliance.domain.frames import CameraKey, Frame
from appliance.domain.tokens import TOKEN_S, FaceColumn, face_column
from appliance.windows.face.eyes import PRIOR_BLINKS_PER_MIN, PRIOR_SECONDS
from appliance.windows.face.stream import FaceStream
from appliance.windows.slots import FrameSlots
from tests.support.real_clips import video_folder
from tests.support.shipped_perception import shipped_perceiver

ROW = np.array([0])
HZ = 15.0
FACE_LOST_S = 72 / 26.4  # face_noface.mov: a cartoon title from this frame on
FACE_FOUND_S = 96 / 26.5  # noface_face.mov: the same title before this frame
FIRST_CLIP_S = 6.4
LINGERS_S = 0.6  # a pose may outlive its person by half a second; then the token has to end
RETURNS_S = 2.2  # the detector looks again every 2 s


def play(clip: Path, *, from_s: float, to_s: float, at_s: float) -> Iterator[Frame]:
    """Play a part of a clip as if it were seen at another time."""
    source = ClipSource(camera=CameraKey("front"), path=clip, fps=HZ)
    source.open()
    while (frame := source.read()) is not None and frame.captured_at_s < to_s:
        if frame.captured_at_s >= from_s:
            yield replace(frame, captured_at_s=at_s + frame.captured_at_s - from_s, continues=True)
    source.close()


def read_tokens(frames: Iterator[Frame]) -> tuple[Float64Array, Float32Array]:
    """Return the (T,) ends of the tokens and their (T, FACE_SIZE) face stream, nothing frozen."""
    eye, slots, stream = shipped_perceiver(), FrameSlots(1), FaceStream(1)
    ends_s: list[float] = []
    rows: list[Float32Array] = []

    def close(end_s: float) -> None:
        due = slots.due(np.array([end_s]))
        rows.append(stream.step(ROW, slots.gather(ROW, due))[0])
        slots.release(due)
        ends_s.append(end_s)

    end_s = TOKEN_S
    for frame in frames:
        while frame.captured_at_s > end_s:
            close(end_s)
            end_s += TOKEN_S
        slots.put(0, eye.observe(frame))
    return np.array(ends_s), np.stack(rows)


def column(tokens: Float32Array, name: FaceColumn) -> Float32Array:
    """Return one cue of all tokens."""
    return np.asarray(tokens[:, face_column(name)])


@pytest.fixture(scope="module")
def talking() -> Float32Array:
    """Return 20 s of a man who talks; the teacher sees eight blinks of him, and no yawn."""
    clip = video_folder() / "talking_face.webm"
    return read_tokens(play(clip, from_s=40, to_s=60, at_s=0))[1]


@pytest.fixture(scope="module")
def leaving() -> tuple[Float32Array, BoolArray, BoolArray]:
    """Return the tokens of a face, a title, a face; where there is none; where there is again."""
    folder = video_folder()

    def both() -> Iterator[Frame]:
        yield from play(folder / "face_noface.mov", from_s=0, to_s=60, at_s=0)
        yield from play(folder / "noface_face.mov", from_s=0, to_s=60, at_s=FIRST_CLIP_S)

    ends_s, tokens = read_tokens(both())
    found_s = FIRST_CLIP_S + FACE_FOUND_S
    gone = (ends_s > FACE_LOST_S + LINGERS_S) & (ends_s < found_s)
    back = ends_s > found_s + RETURNS_S
    return tokens, gone, back


def test_the_eyes_of_a_talking_man_are_readable(talking: Float32Array) -> None:
    """Nearly always, and fast enough for durations."""
    assert column(talking, FaceColumn.FACE_PRESENT).mean() >= 0.98
    assert column(talking, FaceColumn.EYES_READABLE).mean() >= 0.98
    assert column(talking, FaceColumn.BLINKS_TIMED)[-1] == 1


def test_his_blinks_are_found(talking: Float32Array) -> None:
    """Eight by the teacher; PERCLOS stays that of somebody awake, blinks stay short."""
    evidence_s = 20 + PRIOR_SECONDS
    prior = PRIOR_BLINKS_PER_MIN * PRIOR_SECONDS / 60
    blinks = column(talking, FaceColumn.BLINK_RATE)[-1] * evidence_s / 60 - prior

    assert 6 <= blinks <= 11
    assert column(talking, FaceColumn.PERCLOS)[-1] < 0.10
    assert 0.1 < column(talking, FaceColumn.BLINK_DURATION)[-1] < 0.4


def test_talking_is_no_yawn(talking: Float32Array) -> None:
    """The jaw moves, but it closes again."""
    assert column(talking, FaceColumn.JAW_MAX).max() > 0.03
    assert column(talking, FaceColumn.YAWN_RATE).max() == 0


def test_a_lost_face_masks_its_cues(leaving: tuple[Float32Array, BoolArray, BoolArray]) -> None:
    """Zero with a zero bit: neither closed nor open, no mouth, no brow."""
    tokens, gone, _ = leaving
    masked = tokens[gone]

    assert gone.sum() >= 20
    assert not column(masked, FaceColumn.FACE_PRESENT).any()
    assert not column(masked, FaceColumn.EYES_READABLE).any()
    for name in (
        FaceColumn.CLOSURE_MEAN,
        FaceColumn.CLOSURE_MAX,
        FaceColumn.JAW_MAX,
        FaceColumn.BROW_DOWN,
        FaceColumn.BROW_INNER_UP,
        FaceColumn.VALENCE,
    ):
        assert not column(masked, name).any(), name


def test_a_lost_face_moves_no_slow_cue(leaving: tuple[Float32Array, BoolArray, BoolArray]) -> None:
    """The loss is neither a blink nor a closure nor a yawn, however long it lasts."""
    tokens, gone, _ = leaving
    for name in (FaceColumn.PERCLOS, FaceColumn.BLINK_RATE, FaceColumn.YAWN_RATE):
        assert np.ptp(column(tokens[gone], name)) == 0, name
    last_seen = np.flatnonzero(column(tokens, FaceColumn.FACE_PRESENT)[: gone.argmax()])[-1]
    first_gone = int(gone.argmax())

    assert column(tokens, FaceColumn.BLINK_RATE)[first_gone] == pytest.approx(
        column(tokens, FaceColumn.BLINK_RATE)[last_seen]
    )
    assert column(tokens, FaceColumn.YAWN_RATE).max() == 0


def test_a_face_that_comes_back_is_read_again(
    leaving: tuple[Float32Array, BoolArray, BoolArray],
) -> None:
    """As soon as the detector has looked again."""
    tokens, _, back = leaving
    seen = tokens[back]

    assert back.sum() >= 2
    assert column(seen, FaceColumn.FACE_PRESENT).all()
    assert column(seen, FaceColumn.EYES_READABLE).all()
