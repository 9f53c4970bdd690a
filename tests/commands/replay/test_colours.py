"""The states stay apart for eyes of every kind."""

import itertools

import cv2
import numpy as np
import pytest

from appliance.commands.replay.colours import COVERS, STATES, from_below
from appliance.commands.replay.recording import Cover
from appliance.domain.affect import Affect
from appliance.domain.arrays import Float64Array

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
EYES = {
    "normal": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}

CLEARLY_APART = 18.0
"""CIE 1976 difference; 2.3 is just noticeable (Mahy et al. 1994)."""


def seen(colour: str, eye: Float64Array) -> Float64Array:
    """Return CIELAB of a colour as an eye sees it."""
    encoded = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    shown = (eye @ linear).clip(0, 1)
    back = np.where(shown <= 0.0031308, 12.92 * shown, 1.055 * shown ** (1 / 2.4) - 0.055)
    lab = cv2.cvtColor(back.astype(np.float32)[None, None], cv2.COLOR_RGB2LAB)
    return np.asarray(lab[0, 0], dtype=np.float64)


@pytest.mark.parametrize("eye", EYES)
def test_colours_are_apart(eye: str) -> None:
    """Each state from each other and from the ground of a gap."""
    looks = [*(STATES[affect.value] for affect in Affect), *COVERS.values()]
    states = {STATES[affect.value].colour for affect in Affect}
    colours = [look.colour for look in looks]

    for one, other in itertools.combinations(colours, 2):
        if not {one, other} & states:
            continue  # gaps differ by their hatching
        difference = np.linalg.norm(seen(one, EYES[eye]) - seen(other, EYES[eye]))
        assert difference > CLEARLY_APART, (one, other)


def test_a_grey_print_tells_neighbours_apart() -> None:
    """By their lightness, or because one of them is hatched."""
    looks = [*(STATES[affect.value] for affect in Affect), *COVERS.values()]

    for one, other in itertools.combinations(looks, 2):
        lightness = [seen(look.colour, EYES["normal"])[0] for look in (one, other)]
        assert abs(lightness[0] - lightness[1]) > 5 or one.hatch != other.hatch, (one, other)


def test_gaps_are_told_apart() -> None:
    """Whether somebody is there is no matter of a shade of grey."""
    lines = {(COVERS[cover].hatch, COVERS[cover].line) for cover in COVERS}

    assert set(COVERS) == set(Cover) - {Cover.KNOWN}
    assert len(lines) == len(COVERS)


def test_the_score_stands_at_the_bottom() -> None:
    """Fatigued and bored together are one height: the score of equation 9."""
    states = tuple(affect.value for affect in Affect)

    assert [states[column] for column in from_below(states)] == [
        "fatigued",
        "bored",
        "confused",
        "focused",
    ]
    assert from_below(("alert", "fatigued")) == (1, 0)
