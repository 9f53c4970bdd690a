"""How the encoder's 16-wide projection moves with the face, for the simulator (docs/DESIGN.md, 9).

A linear-Gaussian emission, p = mean + load (cues - cue_mean) + person + frame, where ``person`` is
constant per person and ``frame`` a first-order autoregression, all measured on real faces.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from appliance.domain.arrays import Float64Array, UInt8Array
from appliance.domain.tokens import TOKEN_S
from training.datasets.clips import read_frames
from training.datasets.face_labels import label_faces
from training.datasets.face_teacher import FaceTeacher
from training.expression.augment import crop_face

CUES = ("valence", "arousal", "blink", "jaw_open", "brow_down", "brow_inner_up", "smile")
RIDGE = 1e-3  # of the cues' mean variance; smile and valence go together
MIN_SHARE = 1e-3  # least variance between people, as a share of the mean unexplained one
MAX_FRAMES = 900  # of one clip: the statistics of one man should not outweigh all others


def fit_emission(
    *,
    faces: tuple[Float64Array, Float64Array],
    clips: Sequence[tuple[Float64Array, Float64Array]],
) -> dict[str, object]:
    """Fit the emission.

    Args:
        faces: Projection (N, 16) and cues (N, 7) of N different people's faces.
        clips: The same of consecutive 5 Hz frames, one person each.

    Returns:
        JSON-ready arrays by name. ``between_covariance`` is what the cues leave unexplained across
        people less the frame noise; ``within_covariance`` what they leave within a clip.
    """
    projection, cues = faces
    mean, cue_mean = projection.mean(axis=0), cues.mean(axis=0)
    centred = cues - cue_mean
    gram = centred.T @ centred
    gram += RIDGE * np.trace(gram) / len(CUES) * np.eye(len(CUES))
    load = np.linalg.solve(gram, centred.T @ (projection - mean)).T
    left = projection - mean - centred @ load.T
    everything = left.T @ left / len(left)
    residuals, products, squares = [], 0.0, 0.0
    for clip_projection, clip_cues in clips:
        if len(clip_projection) < 5:
            continue
        rest = clip_projection - (clip_cues - cue_mean) @ load.T
        rest -= rest.mean(axis=0)
        residuals.append(rest)
        products += float((rest[1:] * rest[:-1]).sum())
        squares += float((rest[:-1] ** 2).sum())
    stacked = np.concatenate(residuals)
    within = stacked.T @ stacked / (len(stacked) - len(residuals))
    return {
        "cues": list(CUES),
        "mean": mean.tolist(),
        "cue_mean": cue_mean.tolist(),
        "cue_std": cues.std(axis=0).tolist(),
        "load": load.tolist(),
        "between_covariance": _positive(
            everything - within, floor=MIN_SHARE * float(np.trace(everything)) / len(mean)
        ).tolist(),
        "within_covariance": within.tolist(),
        "within_autocorrelation": products / squares,
        "within_step_s": TOKEN_S,
        "explained": float(1 - np.trace(everything) / np.trace(np.cov(projection, rowvar=False))),
        "faces": len(projection),
        "clips": len(residuals),
        "clip_frames": len(stacked),
    }


def read_clips(
    folder: Path, name: str, *, teacher: FaceTeacher, work: Path, side: int
) -> UInt8Array:
    """Return (N, S, S, 3) crops of one clip's face at 5 Hz; frames without a face are left out."""
    file = next(path for path in sorted(folder.glob(f"{name}.*")))
    frames = read_frames(file, every_s=TOKEN_S, limit=MAX_FRAMES)
    labels = label_faces(
        frames,
        teacher=teacher,
        cache_file=work / "labels" / f"clip_{name}.npz",
        whole_extent=None,
    )
    crops = [
        crop_face(frame, labels.region(row).as_boxed(), side=side)
        for row, frame in enumerate(frames)
        if labels.found[row]
    ]
    return np.stack(crops) if crops else np.zeros((0, side, side, 3), dtype=np.uint8)


def _positive(matrix: Float64Array, *, floor: float) -> Float64Array:
    """Return the nearest covariance: eigenvalues below ``floor`` become ``floor``."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    result: Float64Array = (vectors * np.maximum(values, floor)) @ vectors.T
    return result
