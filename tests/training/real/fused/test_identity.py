"""An identity that was planted in what is kept is found; where there is none, chance is."""

from dataclasses import replace

import numpy as np
import pytest

from appliance.intervention.policy.state import FUSED, MEAN_P, STATE_SIZE
from training.real.fused.forms import Form, list_forms
from training.real.fused.identity import (
    Question,
    name_people,
    other_parts,
    shuffle_people,
    tabulate,
)
from training.real.fused.stays import Stay
from training.real.identity import other_clips

PEOPLE, CLIPS, STATES = 20, 3, 12


def stays(*, planted: float) -> list[Stay]:
    """Return people with a place of their own in h_fused; every clip has another one."""
    rng = np.random.default_rng(3)
    own = rng.normal(size=(PEOPLE, FUSED.stop)) * planted
    result = []
    for person in range(PEOPLE):
        for clip in range(CLIPS):
            day = rng.normal(size=FUSED.stop)
            states = np.zeros((STATES, STATE_SIZE), dtype=np.float32)
            states[:, FUSED] = own[person] + day + 0.3 * rng.normal(size=(STATES, FUSED.stop))
            states[:, MEAN_P] = rng.dirichlet(np.ones(4), size=STATES)
            usual = np.cumsum(states[:, FUSED], axis=0) / np.arange(1, STATES + 1)[:, None]
            result.append(
                Stay(
                    person=f"p{person}",
                    clip=f"p{person}c{clip}",
                    part=float(clip % 2),
                    states=states,
                    usual=usual.astype(np.float32),
                )
            )
    return result


def forms() -> dict[str, Form]:
    """Return the forms with directions that are the first eight numbers."""
    return dict(list_forms(np.eye(FUSED.stop)[:, :8]))


def ask(form: str, *, planted: float) -> float:
    """Return the worst of all probes over chance."""
    question = Question(stays=stays(planted=planted), parts=other_clips)
    return float(str(name_people({"people": question}, forms()[form])["over_chance"]))


def test_a_planted_identity_is_found() -> None:
    """In other clips, by every probe alike; and the form does not pass."""
    question = Question(stays=stays(planted=2.0), parts=other_clips)
    table = name_people({"people": question}, forms()["fused"])

    assert table["passed"] is False
    for how in ("minute_linear", "minute_nearest", "stay_linear", "stay_nearest", "minute_squares"):
        row = table[f"people_{how}"]
        assert isinstance(row, dict)
        assert row["accuracy"] > 0.9
        assert row["chance"] == pytest.approx(1 / PEOPLE)


def test_without_an_identity_there_is_chance() -> None:
    """What a clip has of its own names nobody in another clip."""
    question = Question(stays=stays(planted=0.0), parts=other_clips)
    row = name_people({"people": question}, forms()["fused"])["people_minute_linear"]

    assert isinstance(row, dict)
    low, high = row["interval_95"]
    assert low < 1 < high


def test_recentring_takes_away_what_stays_the_same() -> None:
    """An offset of the person is an offset of the stay."""
    assert ask("recentred_afterwards", planted=2.0) < 0.4 * ask("fused", planted=2.0)


def test_recentred_people_are_told_by_how_far_they_swing() -> None:
    """Only the probe that is given squares sees it."""
    rng = np.random.default_rng(4)
    size = rng.uniform(0.5, 2, size=(PEOPLE, FUSED.stop))
    swinging = [
        replace(
            stay,
            states=np.concatenate(
                [
                    size[int(stay.person[1:])] * rng.normal(size=(STATES, FUSED.stop)),
                    stay.states[:, FUSED.stop :],
                ],
                axis=1,
                dtype=np.float32,
            ),
        )
        for stay in stays(planted=0.0)
    ]
    question = Question(stays=swinging, parts=other_clips)
    table = name_people({"people": question}, forms()["recentred_afterwards"])
    linear, squares = (table[f"people_minute_{how}"] for how in ("linear", "squares"))

    assert isinstance(linear, dict)
    assert isinstance(squares, dict)
    assert linear["over_chance"] < 2
    assert squares["over_chance"] > 4


def test_probabilities_do_not_hold_what_was_planted_elsewhere() -> None:
    """What is kept without h_fused is not touched by it."""
    assert ask("without_fused", planted=2.0) == pytest.approx(ask("without_fused", planted=0.0))


def test_people_dealt_out_at_random_are_not_found() -> None:
    """However large the planted identity is."""
    question = Question(stays=stays(planted=2.0), parts=other_clips)

    assert shuffle_people(question, forms()["fused"], shuffles=5)["over_chance"] < 2


def test_each_half_teaches_once() -> None:
    """Beginnings and ends of the clips, and back."""
    tokens = tabulate(stays(planted=0.0), forms()["fused"])
    (first, second), back = other_parts(tokens)

    assert not (first & second).any()
    assert (first | second).all()
    assert (first == back[1]).all()
    assert (second == back[0]).all()


def test_a_stay_counts_once_when_its_mean_is_asked() -> None:
    """Twelve minutes of a stay become one."""
    every = stays(planted=0.0)
    table = tabulate(every, forms()["fused"], whole=True)

    assert len(table.values) == len(every)
    assert table.values[0] == pytest.approx(every[0].states[:, FUSED].mean(axis=0))
