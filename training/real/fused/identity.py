"""Whether who somebody is can be read from what the learned policy would keep of the fusion.

s_k of equation 11 begins with h_fused, pooled over 60 s. It is kept only with consent of its own
(``[policy] learn``), and only if it does not say who it was. Three questions are asked:

* *bodies*: students who were filmed several times, one recording left out at a time;
* *other clip*: people filmed with face and body several times, likewise;
* *other part*: everybody filmed with face and body, from the beginning of a clip to its end and
  back. Clothes, camera and day are the same there, so this says the worst.

A linear discriminant, the nearest mean, and a linear discriminant that is given the squares too,
name the person from one minute, and from the mean of all minutes of a stay. The verdict is the
worst of all of them; an interval is that of the mean over people drawn with replacement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from appliance.domain.arrays import BoolArray
from appliance.intervention.policy.state import FUSED
from training.real.fused.fits import PROBES
from training.real.fused.forms import (
    SEED,
    Form,
    Kept,
    explain_states,
    list_forms,
    simulate_minutes,
    state_directions,
)
from training.real.fused.stays import Stay, body_stays, filmed_stays
from training.real.identity import (
    MAX_OVER_CHANCE,
    SeenTokens,
    join,
    other_clips,
    probe,
)

Parts = Callable[[SeenTokens], list[tuple[BoolArray, BoolArray]]]

SHUFFLES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who is asked about, and what teaches."""

    stays: Sequence[Stay]
    """Of everybody."""

    parts: Parts
    """What teaches and what is asked."""


def evaluate_fused_identity(data: Path, *, work: Path | None) -> dict[str, object]:
    """Return how often people are named from each form of what could be kept.

    Args:
        data: Folder with ``engagement`` and ``video``.
        work: Where what was seen of the clips is kept; None for nowhere.

    Raises:
        CameraError: A clip cannot be read.
        ConfigError: The file of bodies cannot be read.
    """
    filmed = filmed_stays(data, work=work)
    bodies = body_stays(data / "engagement" / "emotiw_body.npz", work=work)
    # Directions of some simulated students are judged by what they explain of others.
    forms = list_forms(state_directions(simulate_minutes(seed=SEED + 1)))
    seen = simulate_minutes()
    questions = {
        "bodies": Question(stays=bodies, parts=other_clips),
        "other_clip": Question(stays=filmed, parts=other_clips),
        "other_part": Question(stays=filmed, parts=other_parts),
    }
    table = {
        name: {
            **name_people(questions, form),
            "states_explained_simulated": explain_states(seen, form),
        }
        for name, form in forms.items()
    }
    return {
        "over_chance": table["fused"]["over_chance"],
        "bar": MAX_OVER_CHANCE,
        "passed": table["fused"]["passed"],
        "forms_that_pass": [name for name, row in table.items() if row["passed"]],
        "forms": table,
        "bodies_shuffled": shuffle_people(questions["bodies"], forms["fused"]),
        "n": {"filmed": _count(filmed), "bodies": _count(bodies)},
    }


def name_people(questions: Mapping[str, Question], form: Form) -> dict[str, object]:
    """Return what every probe reaches on every question, and the worst of it.

    Args:
        questions: By name.
        form: What is kept.
    """
    rows: dict[str, object] = {}
    worst, by = 0.0, ""
    for name, question in questions.items():
        for length, tokens in (
            ("minute", tabulate(question.stays, form)),
            ("stay", tabulate(question.stays, form, whole=True)),
        ):
            for how, fit in PROBES.items():
                row = probe(tokens, question.parts, fit=fit)
                del row["by_person"]
                over = float(str(row["over_chance"]))
                key = f"{name}_{length}_{how}"
                rows[key] = row
                worst, by = (over, key) if over > worst else (worst, by)
    return {"over_chance": worst, "passed": worst <= MAX_OVER_CHANCE, "worst": by, **rows}


def tabulate(stays: Sequence[Stay], form: Form, *, whole: bool = False) -> SeenTokens:
    """Return one form of what is kept of all stays.

    Args:
        stays: At least one.
        form: What is kept.
        whole: Its mean over each stay, in place of each minute.
    """
    parts = []
    for stay in stays:
        # In full width: what rounding leaves of a mean of 0 is larger the longer the stay is.
        mean = stay.states[:, FUSED].mean(axis=0, dtype=np.float64)
        kept = Kept(
            states=stay.states, usual=stay.usual, whole=np.broadcast_to(mean, stay.usual.shape)
        )
        values = form(kept)
        values = values.mean(axis=0, keepdims=True) if whole else values
        parts.append(
            SeenTokens(
                values=values,
                person=np.array([stay.person] * len(values), dtype=np.str_),
                clip=np.array([stay.clip] * len(values), dtype=np.str_),
                place=np.full(len(values), stay.part),
            )
        )
    return join(parts)


def other_parts(tokens: SeenTokens) -> list[tuple[BoolArray, BoolArray]]:
    """Return two splits: the clips' beginnings teach and their ends are asked, and back."""
    begins = tokens.place == 0
    return [(begins, ~begins), (~begins, begins)]


def shuffle_people(question: Question, form: Form, *, shuffles: int = SHUFFLES) -> dict[str, float]:
    """Return how often the linear probe names people whose stays were dealt out at random.

    This is chance itself, with whatever the probe and the overlap of the minutes do to it.
    """
    rng = np.random.default_rng(0)
    over = []
    for _ in range(shuffles):
        dealt = rng.permutation([stay.person for stay in question.stays]).tolist()
        stays = [
            replace(stay, person=person) for stay, person in zip(question.stays, dealt, strict=True)
        ]
        row = probe(tabulate(stays, form), question.parts, fit=PROBES["linear"])
        over.append(float(str(row["over_chance"])))
    return {"over_chance": float(np.mean(over)), "most": max(over)}


def _count(stays: Sequence[Stay]) -> dict[str, int]:
    return {
        "people": len({stay.person for stay in stays}),
        "clips": len({stay.clip for stay in stays}),
        "stays": len(stays),
        "minutes": sum(len(stay.states) for stay in stays),
    }
