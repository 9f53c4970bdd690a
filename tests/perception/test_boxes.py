"""Decoding and merging of boxes, on numbers made by hand."""

import numpy as np
import pytest

from appliance.errors import ShapeError
from appliance.perception.blazepose.boxes import (
    Detections,
    decode_boxes,
    overlap,
    suppress_overlaps,
)

ANCHORS = np.array([[0.5, 0.5], [0.25, 0.25]], dtype=np.float32)


def detections(*boxes: tuple[float, float, float, float, float]) -> Detections:
    """Build boxes (left, top, right, bottom, score) whose one point is the top left corner."""
    array = np.array(boxes, dtype=np.float32).reshape(-1, 5)
    return Detections(boxes_xyxy=array[:, :4], points=array[:, None, :2].copy(), scores=array[:, 4])


def test_decodes_relative_to_the_anchor_in_input_sizes() -> None:
    """Centre and points are offsets from the anchor, width and height are sizes."""
    raw = np.array([[10, -20, 40, 20, 10, 10], [0, 0, 0, 0, 0, 0]], dtype=np.float32)
    found = decode_boxes(raw, np.array([3, -9], dtype=np.float32), ANCHORS, input_px=100)

    np.testing.assert_allclose(found.boxes_xyxy, [[0.4, 0.2, 0.8, 0.4]], atol=1e-6)
    np.testing.assert_allclose(found.points, [[[0.6, 0.6]]], atol=1e-6)
    np.testing.assert_allclose(found.scores, [0.952574], atol=1e-6)


def test_a_score_of_exactly_one_half_is_kept() -> None:
    """The threshold is inclusive: MediaPipe drops what is below."""
    raw = np.zeros((2, 4), dtype=np.float32)
    scores = np.array([0, np.nextafter(np.float32(0), np.float32(-1))], dtype=np.float32)

    assert len(decode_boxes(raw, scores, ANCHORS, input_px=100, min_score=0.5)) == 1


def test_a_box_of_negative_size_is_dropped() -> None:
    """Such boxes mean nothing, whatever their score."""
    raw = np.array([[0, 0, -1, 5], [0, 0, 5, 5]], dtype=np.float32)
    found = decode_boxes(raw, np.array([5, 5], dtype=np.float32), ANCHORS, input_px=100)

    np.testing.assert_allclose(found.boxes_xyxy, [[0.225, 0.225, 0.275, 0.275]], atol=1e-6)


def test_extreme_logits_do_not_overflow() -> None:
    """Scores are clipped before the exponential."""
    raw = np.zeros((2, 4), dtype=np.float32)

    found = decode_boxes(raw, np.array([1e9, -1e9], dtype=np.float32), ANCHORS, input_px=100)

    assert found.scores.tolist() == [1.0]


def test_no_detection_is_an_empty_list_with_its_points() -> None:
    """Nothing found keeps the shape."""
    raw = np.zeros((2, 12), dtype=np.float32)
    found = decode_boxes(raw, np.full(2, -9, dtype=np.float32), ANCHORS, input_px=100)

    assert found.points.shape == (0, 4, 2)
    assert len(suppress_overlaps(found)) == 0


def test_overlapping_boxes_merge_by_score() -> None:
    """Box and points become the score-weighted mean, the score stays the best one's."""
    merged = suppress_overlaps(detections((0, 0, 8, 8, 0.25), (0, 0, 8, 12, 0.75)))

    np.testing.assert_allclose(merged.boxes_xyxy, [[0, 0, 8, 11]], atol=1e-6)
    assert merged.scores.tolist() == [0.75]


def test_boxes_apart_stay_apart_best_first() -> None:
    """No common area, no merging; the order is by score."""
    kept = suppress_overlaps(detections((0, 0, 1, 1, 0.5), (5, 5, 6, 6, 0.75)))

    assert kept.scores.tolist() == [0.75, 0.5]
    np.testing.assert_array_equal(kept.points[:, 0], [[5, 5], [0, 0]])


def test_an_overlap_at_the_threshold_does_not_merge() -> None:
    """The comparison is strict: boxes that share exactly one half stay apart at 0.5."""
    pair = detections((0, 0, 4, 4, 0.75), (0, 0, 4, 2, 0.5))

    assert overlap(pair.boxes_xyxy[0], pair.boxes_xyxy).tolist() == [1.0, 0.5]
    assert len(suppress_overlaps(pair, iou=0.5)) == 2
    assert len(suppress_overlaps(pair, iou=0.49)) == 1


def test_an_empty_box_ends() -> None:
    """A box without area overlaps nothing, not even itself, and is kept once."""
    assert len(suppress_overlaps(detections((1, 1, 1, 1, 0.75), (1, 1, 1, 1, 0.5)))) == 2


def test_placing_scales_then_shifts() -> None:
    """Boxes and points move together."""
    placed = detections((1, 2, 3, 4, 0.5)).placed(scale=2, offset_xy=(10, 20))

    assert placed.boxes_xyxy.tolist() == [[12, 24, 16, 28]]
    assert placed.points.tolist() == [[[12, 24]]]


def test_rejects_arrays_that_do_not_belong_together() -> None:
    """The message names the field."""
    with pytest.raises(ShapeError, match=r"Detections\.scores"):
        Detections(
            boxes_xyxy=np.zeros((2, 4), dtype=np.float32),
            points=np.zeros((2, 1, 2), dtype=np.float32),
            scores=np.zeros(3, dtype=np.float32),
        )
