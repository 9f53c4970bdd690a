"""The streams of faces that the expression encoder is trained on, from archives and teacher."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from appliance.domain.arrays import Float32Array
from training.datasets.diffusionfer import read_diffusionfer
from training.datasets.face_labels import label_faces
from training.datasets.face_teacher import WHOLE_EXTENT, FaceTeacher
from training.datasets.ferplus import EXPRESSIONS, read_ferplus
from training.datasets.muxspace import read_muxspace
from training.expression.augment import crop_face
from training.expression.network import load_network, predict
from training.expression.recipe import Args
from training.expression.samples import (
    Sample,
    diffusion_samples,
    ferplus_samples,
    guided,
    press_samples,
    render_samples,
)
from training.progress import tracked


def load_streams(args: Args) -> list[tuple[list[Sample], int, bool]]:
    """Read the archives and the teacher's labels (made on the first run) into streams."""
    affect = args.data / "affect"
    teacher = FaceTeacher.load(args.data / "teachers" / "face_landmarker.task")
    press = read_muxspace(affect / "muxspace.tar", affect / "muxspace.csv")
    press_labels = label_faces(
        [face.picture for face in press],
        teacher=teacher,
        cache_file=args.work / "labels" / "muxspace.npz",
        whole_extent=WHOLE_EXTENT,
    )
    drawn = read_diffusionfer(affect / "diffusionfer.tar", affect / "diffusionfer.csv")
    drawn_labels = label_faces(
        [face.picture for face in drawn],
        teacher=teacher,
        cache_file=args.work / "labels" / "diffusionfer.npz",
        whole_extent=0.9,
    )
    ferplus = read_ferplus(affect / "ferplus.npz")
    ferplus_labels = label_faces(
        [cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) for image in ferplus.images],
        teacher=teacher,
        cache_file=args.work / "labels" / "ferplus.npz",
        whole_extent=WHOLE_EXTENT,
    )
    shown = [face for face in drawn if not (face.held_out or face.near_held_out)]
    anchors = np.array(
        [
            np.mean(
                [(face.valence, face.arousal) for face in shown if face.expression == name]
                or [(-0.3, 0.1)],  # contempt is not in DiffusionFER: mildly unpleasant
                axis=0,
            )
            for name in EXPRESSIONS
        ],
        dtype=np.float32,
    )
    pressed = press_samples(press, press_labels)
    diffused = diffusion_samples(drawn, drawn_labels)
    voted = ferplus_samples(ferplus, ferplus_labels, anchors=anchors, balance=args.balance)
    if args.guide:
        voted, diffused, pressed = (
            guided(
                samples,
                opinions(samples, args.guide),
                share=args.guide_share,
                unvoted=args.guide_unvoted,
            )
            for samples in (voted, diffused, pressed)
        )
    streams = [
        (voted, args.batch_ferplus, False),
        (diffused, args.batch_diffusion, False),
        (pressed, args.batch_press, False),
        ([s for s in pressed + diffused if s.points_xy is not None], args.batch_lids, True),
    ]
    if args.renders is not None:
        streams.append((render_samples(args.renders), args.batch_renders, False))
    if args.actions_only:
        streams = [
            ([s for s in samples if s.actions is not None], count, lids)
            for samples, count, lids in streams
        ]
    return [stream for stream in streams if stream[1] > 0]


def opinions(samples: Sequence[Sample], guides: Sequence[Path]) -> Float32Array:
    """Return the guides' mean distribution (N, 8) on unaltered and mirrored crops."""
    total = np.zeros((len(samples), len(EXPRESSIONS)), dtype=np.float64)
    for file in guides:
        network, _ = load_network(file)
        side = network.side
        for start in tracked(range(0, len(samples), 512), f"guide {file.stem}"):
            crops = np.stack(
                [
                    crop_face(s.picture, s.regions[0], side=side)
                    for s in samples[start : start + 512]
                ]
            )
            for pixels in (crops, crops[:, :, ::-1]):
                logits = predict(network, pixels, device="cpu")[1].astype(np.float64)
                odds = np.exp(logits - logits.max(axis=1, keepdims=True))
                total[start : start + 512] += odds / odds.sum(axis=1, keepdims=True)
    return (total / (2 * len(guides))).astype(np.float32)
