"""Pairs of renders differ in what they are named after, and in nothing else."""

from dataclasses import fields
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.simulator.render.counterfactuals import CLOSURE, Level, Renders, load_renders, vary
from training.simulator.render.figure.identity import Identity, Namespace, draw_identity


def person() -> Identity:
    """Return one made-up adult."""
    return draw_identity(Namespace.TRAIN, seed=1, person=0)


def differences(one: Identity, other: Identity) -> set[str]:
    """Name the fields in which two people differ; parameters of the body by their own name."""
    names = set()
    for field in fields(Identity):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if mine != theirs and field.name in {"phenotype", "local_changes"}:
            names |= {label for label, value in mine if dict(theirs)[label] != value}
        elif mine != theirs:
            names.add(field.name)
    return names


@pytest.mark.parametrize(
    ("level", "changed"),
    [
        pytest.param(Level.BASELINE, set(), id="baseline"),
        pytest.param(Level.SKIN_LIGHT, {"skin_bgr"}, id="light skin"),
        pytest.param(Level.SKIN_DARK, {"skin_bgr"}, id="dark skin"),
        pytest.param(Level.AGE_YOUNG, {"age"}, id="young adult"),
        pytest.param(Level.AGE_OLD, {"age"}, id="old"),
        pytest.param(Level.BODY_THIN, {"weight", "head-fat-incr"}, id="thin"),
        pytest.param(Level.BODY_HEAVY, {"weight", "head-fat-incr"}, id="heavy"),
        pytest.param(Level.HEADSCARF, set(), id="headscarf: the renderer's work"),
    ],
)
def test_a_level_changes_its_factor_only(level: Level, changed: set[str]) -> None:
    """Hair, shirt, eyes and everything else of the person stay as they are."""
    assert differences(vary(person(), Level.BASELINE), vary(person(), level)) == changed


def test_skin_levels_lie_on_both_sides_of_the_baseline() -> None:
    """Light is lighter and dark is darker than the middle, in every channel."""
    light, middle, dark = (
        np.array(vary(person(), level).skin_bgr)
        for level in (Level.SKIN_LIGHT, Level.BASELINE, Level.SKIN_DARK)
    )

    assert (light > middle).all()
    assert (middle > dark).all()


def test_baselines_of_two_people_share_the_factors_and_nothing_drawn() -> None:
    """Skin, age and weight are set; the face stays the person's own."""
    other = draw_identity(Namespace.TRAIN, seed=2, person=0)
    differing = differences(vary(person(), Level.BASELINE), vary(other, Level.BASELINE))

    assert not differing & {"skin_bgr", "age", "weight", "head-fat-incr"}
    assert "nose-hump-incr" in differing


def test_the_script_holds_three_blinks_and_one_long_closure() -> None:
    """Runs of closed lids: 1, 1, 5 and 1 frames."""
    closed = np.flatnonzero(CLOSURE >= 0.7)
    runs = np.split(closed, np.flatnonzero(np.diff(closed) > 1) + 1)

    assert [len(run) for run in runs] == [1, 1, 5, 1]


def test_frames_come_back_by_person_and_level(tmp_path: Path) -> None:
    """A cache of plain pictures, each of another gray, is read in the right order."""
    files, lengths = [], []
    for gray in range(2 * len(Level)):
        picture = np.full((8, 8, 3), 10 * gray, dtype=np.uint8)
        files.append(np.asarray(cv2.imencode(".jpg", picture)[1], dtype=np.uint8).ravel())
        lengths.append([len(files[-1])])
    file = tmp_path / "renders.npz"
    np.savez(file, packed=np.concatenate(files), lengths=np.reshape(lengths, (2, len(Level), 1)))

    renders: Renders = load_renders(file)
    (shown,) = renders.frames(1, Level.SKIN_DARK)

    expected = 10 * (len(Level) + list(Level).index(Level.SKIN_DARK))
    assert np.abs(shown.astype(int) - expected).max() <= 1
