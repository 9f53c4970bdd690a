"""A linear probe names people by what stays of them, and only by that."""

import numpy as np
import pytest

from training.real.identity import (
    SeenTokens,
    centre,
    fit_probe,
    join,
    later_parts,
    other_clips,
    place_in_clip,
    probe,
    whiten,
)


def tokens(*, offset: float, clips: int = 2, length: int = 40) -> SeenTokens:
    """Return three people with an offset of their own."""
    rng = np.random.default_rng(6)
    parts = [
        SeenTokens(
            values=rng.normal(size=(length, 4)) + offset * np.eye(4)[person],
            person=np.array([f"p{person}"] * length),
            clip=np.array([f"p{person}c{clip}"] * length),
            place=np.linspace(0, 1, length),
        )
        for person in range(3)
        for clip in range(clips)
    ]
    return join(parts)


def test_an_offset_of_ones_own_gives_a_person_away() -> None:
    """In later parts and in other clips."""
    for parts in (later_parts, other_clips):
        row = probe(tokens(offset=8.0), parts)
        assert row["accuracy"] == pytest.approx(1.0, abs=0.01)
        assert row["over_chance"] == pytest.approx(3.0, abs=0.03)


def test_without_an_offset_nobody_is_known() -> None:
    """The interval holds chance."""
    row = probe(tokens(offset=0.0, length=400), other_clips)

    assert isinstance(row["over_chance"], float)
    assert row["over_chance"] == pytest.approx(1.0, abs=0.25)


def test_the_middle_between_the_halves_is_left_out() -> None:
    """What teaches and what is asked never touch."""
    seen = tokens(offset=0.0)
    ((taught, asked),) = later_parts(seen)

    assert not (taught & asked).any()
    assert seen.place[asked].min() - seen.place[taught].max() > 0.1


def test_every_clip_is_left_out_once() -> None:
    """People with a single clip take no part."""
    seen = tokens(offset=0.0, clips=2)
    seen.person[seen.person == "p2"] = np.where(
        seen.clip[seen.person == "p2"] == "p2c0", "p2", "p3"
    )
    splits = other_clips(seen)

    assert len(splits) == 2
    for taught, asked in splits:
        assert set(seen.person[taught]) == set(seen.person[asked]) == {"p0", "p1"}
        assert not set(seen.clip[taught]) & set(seen.clip[asked])


def test_a_frequent_person_is_not_favoured() -> None:
    """A hundred tokens of one and two of the other leave the border in the middle."""
    values = np.concatenate([np.tile([[-1.0], [-0.8]], (50, 1)), [[0.8], [1.0]]])
    name = fit_probe(values, np.array(["a"] * 100 + ["b"] * 2))

    assert name(np.array([[-0.01], [0.01]])).tolist() == ["a", "b"]


def test_places_go_forth_and_back() -> None:
    """A period of 4 s: its quarter is the middle of the clip, its half the end."""
    place = place_in_clip(np.array([0.1, 1.1, 2.1, 3.1, 4.1]), period_s=4.0)

    assert place == pytest.approx([0.0, 0.5, 1.0, 0.5, 0.0])
    assert place_in_clip(np.array([60.0, 70.0, 80.0]), period_s=None) == pytest.approx([0, 0.5, 1])


def test_whitening_leaves_neither_mean_nor_scale() -> None:
    """Whatever the spread was, it is nearly that of everybody else."""
    values = np.random.default_rng(7).normal(size=(500, 3)) * [1.0, 2.0, 3.0] + 5

    assert centre(values).mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-12)
    assert np.std(whiten(values), axis=0) == pytest.approx(np.ones(3), abs=0.25)
