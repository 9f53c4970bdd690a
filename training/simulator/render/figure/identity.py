"""Who is rendered: one made-up adult per seed, and why no two namespaces ever share one.

An identity is a pure function of ``(namespace, seed, person)``. The three are hashed into the
entropy of a generator of its own, so a person rendered for training (namespace ``train``) and one
rendered for the demo or its acceptance check (namespace ``clip``) are disjoint by construction:
their entropy differs, whatever the seeds. The packaged clip and the acceptance clips use ``clip``
only; the training faces and the training clips use ``train`` only.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class Namespace(StrEnum):
    """Which set of made-up people a seed is drawn from."""

    TRAIN = "train"
    """People that models are trained and calibrated on."""

    CLIP = "clip"
    """People of the demo clip and of its acceptance check; never seen in training."""


class HairStyle(StrEnum):
    """How the hair is modelled."""

    CROPPED = "cropped"
    SHORT = "short"
    BOB = "bob"
    LONG = "long"


class Neckline(StrEnum):
    """Where the shirt ends at the neck."""

    CREW = "crew"
    V_NECK = "v-neck"
    ROLL = "roll"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Everything that stays the same about one rendered person."""

    name: str
    """``namespace:seed:person``; unique, and the source of all randomness about the person."""

    phenotype: tuple[tuple[str, float], ...]
    """anny phenotype parameters, dimensionless, in [0, 1]."""

    local_changes: tuple[tuple[str, float], ...]
    """anny local shape changes of the face, dimensionless, in [-0.6, 0.6]."""

    skin_bgr: tuple[float, float, float]
    """Colour of the cheek, 0 to 255."""

    hair_bgr: tuple[float, float, float]
    """Colour of hair, brows and lashes, 0 to 255."""

    shirt_bgr: tuple[float, float, float]
    """Colour of the shirt, 0 to 255."""

    stripe_bgr: tuple[float, float, float]
    """Second colour of the shirt, 0 to 255."""

    striped: bool
    """Whether the shirt has stripes."""

    iris_bgr: tuple[float, float, float]
    """Colour of the iris, 0 to 255."""

    hair_style: HairStyle
    """How the hair is modelled."""

    hair_thickness_m: float
    """Height of the hair over the scalp at the crown, metres."""

    neckline: Neckline
    """Where the shirt ends at the neck."""

    long_sleeves: bool
    """Whether the shirt covers the forearm."""

    brow_strength: float
    """How dark the brows are, 0 to 1."""

    beard: float
    """Beard shadow, 0 = none to 1."""

    texture_seed: int
    """Seed of freckles, strands and weave."""


def rng_for(*parts: object) -> np.random.Generator:
    """Return a generator whose entropy is the SHA-256 of the parts, equal for equal parts only."""
    digest = hashlib.sha256(":".join(str(part) for part in parts).encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))


def draw_identity(namespace: Namespace, *, seed: int, person: int) -> Identity:
    """Draw one made-up adult.

    Args:
        namespace: Set of people; ``train`` and ``clip`` never overlap.
        seed: Number of the clip or of the training person.
        person: Which person of that seed, from 0.

    Returns:
        The same identity for the same arguments, on every machine.
    """
    name = f"{namespace}:{seed}:{person}"
    rng = rng_for("identity", name)
    female = bool(rng.random() < 0.5)
    african, asian, caucasian = rng.dirichlet((0.8, 0.8, 0.8))
    phenotype = {
        "gender": rng.uniform(0.8, 1.0) if female else rng.uniform(0.0, 0.15),
        "age": rng.uniform(0.62, 0.76),  # anny: 2/3 is a young adult, 1 is old
        "muscle": rng.uniform(0.35, 0.65),
        "weight": rng.uniform(0.3, 0.65),
        "height": rng.uniform(0.4, 0.65),
        "proportions": rng.uniform(0.5, 0.9),
        "cupsize": rng.uniform(0.35, 0.6),
        "firmness": 0.5,
        "african": african,
        "asian": asian,
        "caucasian": caucasian,
    }
    changes = {
        label: float(np.clip(rng.normal(0.0, spread), -0.6, 0.6))
        for label, spread in _LOCAL_SPREAD.items()
    }
    melanin = float(np.clip(0.75 * african + 0.3 * asian + 0.12 * caucasian, 0, 1))
    melanin = float(np.clip(melanin + rng.normal(0.0, 0.12), 0.0, 0.9))
    skin = between(SKIN_LIGHT, SKIN_DARK, melanin) * rng.uniform(0.95, 1.04)
    hair_choice = min(int(rng.integers(0, len(_HAIR)) * (1.0 if melanin < 0.4 else 0.5)), 4)
    hair = np.array(_HAIR[hair_choice]) * rng.uniform(0.85, 1.15)
    shirt = np.array(_SHIRTS[int(rng.integers(0, len(_SHIRTS)))]) * rng.uniform(0.85, 1.15)
    style = rng.choice(
        np.array([HairStyle.SHORT, HairStyle.BOB, HairStyle.LONG])
        if female
        else np.array([HairStyle.CROPPED, HairStyle.SHORT]),
        p=(0.15, 0.35, 0.5) if female else (0.35, 0.65),
    )
    cropped = style == HairStyle.CROPPED
    return Identity(
        name=name,
        phenotype=tuple((label, float(value)) for label, value in phenotype.items()),
        local_changes=tuple(changes.items()),
        skin_bgr=_triple(skin),
        hair_bgr=_triple(hair),
        shirt_bgr=_triple(shirt),
        stripe_bgr=_triple(shirt * rng.uniform(0.55, 0.8)),
        striped=bool(rng.random() < 0.3),
        iris_bgr=_triple(np.array(_IRIS[int(rng.integers(0, 2 if melanin > 0.4 else len(_IRIS)))])),
        hair_style=HairStyle(str(style)),
        hair_thickness_m=float(rng.uniform(0.003, 0.006) if cropped else rng.uniform(0.012, 0.024)),
        neckline=Neckline(str(rng.choice(np.array(list(Neckline)), p=(0.6, 0.25, 0.15)))),
        long_sleeves=bool(rng.random() < 0.6),
        brow_strength=float(rng.uniform(0.5, 0.75) if female else rng.uniform(0.6, 0.9)),
        beard=0.0 if female else float(max(0.0, rng.uniform(-0.4, 0.7))),
        texture_seed=int(rng.integers(0, 2**31)),
    )


# Cheek colours of the two ends of the scale, BGR: Fitzpatrick I-II and VI by eye under D65.
SKIN_LIGHT = (172.0, 192.0, 232.0)
SKIN_DARK = (52.0, 70.0, 112.0)

# BGR: black, dark brown, brown, fair brown, blond, auburn.
_HAIR = (
    (22.0, 22.0, 26.0),
    (28.0, 36.0, 52.0),
    (36.0, 56.0, 86.0),
    (58.0, 88.0, 122.0),
    (96.0, 140.0, 176.0),
    (34.0, 52.0, 104.0),
)

_SHIRTS = (
    (128.0, 82.0, 40.0),
    (60.0, 60.0, 66.0),
    (70.0, 110.0, 60.0),
    (60.0, 60.0, 150.0),
    (190.0, 190.0, 186.0),
    (110.0, 70.0, 110.0),
    (60.0, 140.0, 180.0),
    (150.0, 140.0, 90.0),
    (70.0, 46.0, 36.0),
)

_IRIS = (
    (28.0, 44.0, 70.0),
    (36.0, 66.0, 104.0),
    (70.0, 110.0, 110.0),
    (140.0, 110.0, 80.0),
)

# anny local changes that move a face without breaking its lids, with their spread.
_LOCAL_SPREAD = {
    "head-scale-vert-incr": 0.15,
    "head-scale-horiz-incr": 0.15,
    "head-fat-incr": 0.2,
    "chin-width-incr": 0.25,
    "chin-height-incr": 0.2,
    "chin-prominent-incr": 0.2,
    "nose-scale-horiz-incr": 0.25,
    "nose-scale-vert-incr": 0.2,
    "nose-hump-incr": 0.25,
    "nose-point-width-incr": 0.25,
    "nose-width1-incr": 0.2,
    "mouth-scale-horiz-incr": 0.2,
    "mouth-upperlip-height-incr": 0.25,
    "mouth-lowerlip-height-incr": 0.25,
    "forehead-scale-vert-incr": 0.2,
    "eyebrows-trans-up": 0.15,
    "head-scale-depth-incr": 0.15,
    "measure-shoulder-dist-incr": 0.15,
    "neck-scale-horiz-incr": 0.2,
}


def between(
    low: tuple[float, ...], high: tuple[float, ...], share: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the colour that lies ``share`` of the way from one to another."""
    return np.array(low) * (1 - share) + np.array(high) * share


def _triple(
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> tuple[float, float, float]:
    blue, green, red = (float(np.clip(value, 4, 245)) for value in values)
    return blue, green, red
