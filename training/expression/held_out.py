"""Faces that are never trained on, for a look at how the training goes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch

from appliance.domain.arrays import BoolArray, Float32Array, UInt8Array
from appliance.domain.observations import FACE_ACTIONS
from training.datasets.diffusionfer import read_diffusionfer
from training.datasets.face_labels import read_labels
from training.datasets.face_teacher import region_of_picture
from training.datasets.ferplus import EXPRESSIONS, PUBLIC_TEST, SURE_VOTES, read_ferplus
from training.datasets.muxspace import read_muxspace
from training.expression.augment import crop_face, whole_crop
from training.expression.losses import concordance
from training.expression.network import MobileVitXxs, predict


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldOut:
    """Faces that are never trained on, for a look at how the training goes."""

    expressions: tuple[UInt8Array, UInt8Array, BoolArray]
    """PublicTest: crops, top votes, at least six votes."""

    affect: tuple[UInt8Array, Float32Array]
    """DiffusionFER: crops, (N, 2) valence and arousal."""

    actions: tuple[UInt8Array, Float32Array]
    """muxspace: crops, (N, 10) teacher's actions."""

    @classmethod
    def load(cls, data: Path, *, labels: Path, side: int) -> Self:
        """Read the three sets; ``labels`` is the teacher's reading of muxspace."""
        folder = data / "affect"
        faces = read_ferplus(folder / "ferplus.npz")
        rows = np.flatnonzero((faces.usage == PUBLIC_TEST) & faces.is_expression)
        drawn = [
            face
            for face in read_diffusionfer(folder / "diffusionfer.tar", folder / "diffusionfer.csv")
            if face.held_out
        ]
        press = read_muxspace(folder / "muxspace.tar", folder / "muxspace.csv")
        taught = read_labels(labels)
        kept = [row for row, face in enumerate(press) if face.held_out and taught.found[row]]
        return cls(
            expressions=(
                np.stack([whole_crop(faces.images[row], side=side) for row in rows]),
                faces.top[rows],
                np.asarray(faces.votes[rows].max(axis=1) >= SURE_VOTES),
            ),
            affect=(
                np.stack(
                    [crop_face(f.picture, region_of_picture(f.picture), side=side) for f in drawn]
                ),
                np.array([(face.valence, face.arousal) for face in drawn], dtype=np.float32),
            ),
            actions=(
                np.stack(
                    [
                        crop_face(press[row].picture, taught.region(row).as_boxed(), side=side)
                        for row in kept
                    ]
                ),
                taught.actions[kept],
            ),
        )

    def measure(self, network: MobileVitXxs, *, every: int = 1) -> "Scores":
        """Read every ``every``-th face."""
        device = str(next(network.parameters()).device)
        pixels, top, sure = self.expressions
        top, sure = top[::every], sure[::every]
        guess = predict(network, pixels[::every], device=device)[1].argmax(axis=1)
        hit = guess == top
        affect = predict(network, self.affect[0], device=device)[2]
        agreed = concordance(torch.from_numpy(affect), torch.from_numpy(self.affect[1])).tolist()
        actions = predict(network, self.actions[0][::every], device=device)[3]
        return Scores(
            accuracy_all=float(hit.mean()),
            accuracy_majority6=float(hit[sure].mean()),
            recall=tuple(float(hit[top == row].mean()) for row in range(len(EXPRESSIONS))),
            valence=agreed[0],
            arousal=agreed[1],
            actions=tuple(
                float(np.corrcoef(actions[:, row], self.actions[1][::every, row])[0, 1])
                for row in range(len(FACE_ACTIONS))
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How well a network reads the held-out faces."""

    accuracy_all: float
    """Share of top votes hit."""

    accuracy_majority6: float
    """The same where at least six of ten raters agree."""

    recall: tuple[float, ...]
    """Per expression."""

    valence: float
    """Concordance."""

    arousal: float
    """Concordance."""

    actions: tuple[float, ...]
    """Correlation with the teacher, in the order of ``FaceAction``."""

    def __str__(self) -> str:
        """Fit everything into one line."""
        recall, actions = (
            " ".join(f"{value:.2f}" for value in part) for part in (self.recall, self.actions)
        )
        return (
            f"all {self.accuracy_all:.3f}  majority6 {self.accuracy_majority6:.3f}  "
            f"recall {recall}  V {self.valence:.2f} A {self.arousal:.2f}  r {actions}"
        )
