"""The rules under made-up alerts: how long they take, and whether they ever act when they may not.

The judge keeps its own short record of what was done and shares no code with the cool-downs.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.alerts import Alert, AlertEvidence, HeldLevel
from appliance.domain.interventions import Action, Intervention, TaskContext
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.intervention.cooldowns import Cooldowns
from appliance.intervention.policy.masks import RELEVANT, allowed_actions
from appliance.intervention.rule_policy import RulePolicy
from appliance.intervention.rules import TABLE_1, tracked_levels

_SEATS = 8
_CHUNK = 20_000
_EVIDENCE = AlertEvidence(mean_score=0.7, tokens_above=100, raised=True)
_LEVELS = tracked_levels(TABLE_1)
_HELD_S = (0.0, 100.0, 200.0, 400.0)
_HELD = {
    affect: [
        tuple(HeldLevel(level=level, duration_s=held_s) for level in _LEVELS.get(affect, ()))
        for held_s in _HELD_S
    ]
    for affect in AFFECTS
}
_CONTEXTS: tuple[TaskContext | None, ...] = (
    None,
    *(
        TaskContext(
            terminal=TerminalKey("t"),
            topic="",
            task_type="",
            difficulty=None,
            unsaved=unsaved,
            exam=exam,
        )
        for unsaved in (False, True)
        for exam in (False, True)
    ),
)
_LOCKS = frozenset({Action.REMINDER_LOCK_30S, Action.MANDATORY_REST})

# docs/DESIGN.md, 6 and the comment above Table 1: what the judge holds the rules to, said anew.
_APART_S = {"0": 1800, "1": 1800, "2": 600, "3": 600, "4": 300, "5": 1200}
_HOUR_S, _PER_HOUR = 3600, 4


def fuzz_rules(*, steps: int, seed: int) -> dict[str, float]:
    """Return times and violations of so many decisions about alerts that nobody would expect.

    Args:
        steps: Alerts over all seats.
        seed: Decides all of them.

    Returns:
        ``p99_ms`` of one decision, ``violations``, ``acted``, ``steps``.
    """
    numbers = iter(range(steps + 1))
    policy = RulePolicy(rules=TABLE_1, cooldowns=Cooldowns(), new_id=lambda: f"i{next(numbers)}")
    judges = {seat: Seen() for seat in range(_SEATS)}
    took_ns = np.zeros(steps, dtype=np.int64)
    violations, acted = 0, 0
    for step, (seat, alert, context, kill) in enumerate(_alerts(steps, seed=seed)):
        before = time.perf_counter_ns()
        done = policy.decide(alert, context, kill_switch=kill)
        took_ns[step] = time.perf_counter_ns() - before
        if done is not None:
            acted += 1
            violations += judges[seat].violates(done, context, kill=kill)
    return {
        "p99_ms": float(np.percentile(took_ns, 99) / 1e6),
        "violations": violations,
        "acted": acted,
        "steps": steps,
    }


def fuzz_masks(*, rows: int, seed: int) -> dict[str, float]:
    """Return how often the masks of learned actions allow what they must not, of made-up rows."""
    rng = np.random.default_rng(seed)
    mean_p = rng.dirichlet(np.full(len(AFFECTS), 0.5), size=rows)
    known, exam = rng.uniform(size=(2, rows)) < 0.5
    since_s = rng.choice([0.0, 599.9, 600.0, 5000.0, np.inf], size=rows)
    hour = rng.integers(0, 7, size=rows).astype(np.float64)
    allowed = allowed_actions(
        mean_p=mean_p, known=known, exam=exam, since_interruption_s=since_s, in_last_hour=hour
    )
    # By the states that each answers to: fatigued, bored, bored or confused, confused.
    fatigued, bored, confused = (
        mean_p[:, AFFECTS.index(one)] for one in (Affect.FATIGUED, Affect.BORED, Affect.CONFUSED)
    )
    cause = np.stack([fatigued, bored, np.maximum(bored, confused), confused], axis=1) >= RELEVANT
    may = known & ~exam & (since_s >= 600) & (hour < _PER_HOUR)
    wrong = (allowed[:, 1:] != (cause & may[:, None])).sum() + (~allowed[:, 0]).sum()
    return {"violations": int(wrong), "rows": rows}


@dataclass(slots=True)
class Seen:
    """What was done on one seat, as its judge remembers it."""

    occupancy: str = ""
    teacher_s: float = -np.inf
    rows: dict[str, float] = field(default_factory=dict)
    episodes: set[str] = field(default_factory=set)
    shown_s: list[float] = field(default_factory=list)

    def violates(self, done: Intervention, context: TaskContext | None, *, kill: bool) -> bool:
        """Take in what was done; tell whether it should not have been."""
        if self.occupancy != done.occupancy:
            self.occupancy, self.rows, self.shown_s = done.occupancy, {}, []
            self.episodes = set()
        last_s = self.rows.get(done.rule, -np.inf)
        if done.rule == "0":
            last_s, self.teacher_s = self.teacher_s, done.at_s
        wrong = done.at_s - last_s < _APART_S[done.rule]
        if done.rule == "5":
            wrong |= done.episode in self.episodes
            self.episodes.add(done.episode)
        if done.action is not Action.CONTACT_TEACHER:
            self.shown_s = [one for one in self.shown_s if done.at_s - one < _HOUR_S]
            wrong |= len(self.shown_s) >= _PER_HOUR or kill
            self.shown_s.append(done.at_s)
            if context is not None:
                wrong |= context.exam or (context.unsaved and done.action in _LOCKS)
        self.rows[done.rule] = done.at_s
        if done.rule == "1":
            self.rows["2"] = done.at_s
        return wrong


def _alerts(steps: int, *, seed: int) -> Iterator[tuple[int, Alert, TaskContext | None, bool]]:
    rng = np.random.default_rng(seed)
    seats = [SeatKey(f"s{seat}") for seat in range(_SEATS)]
    at_s, people, episodes = [0.0] * _SEATS, [0] * _SEATS, [0] * _SEATS
    for start in range(0, steps, _CHUNK):
        count = min(_CHUNK, steps - start)
        seat = rng.integers(_SEATS, size=count).tolist()
        affect = rng.integers(len(AFFECTS), size=count).tolist()
        held = rng.integers(len(_HELD_S), size=count).tolist()
        where = rng.integers(len(_CONTEXTS), size=count).tolist()
        # Whole seconds, so that the very ends of cool-downs are met.
        ahead = rng.choice([0, 1, 5, 60, 300, 600], size=count).tolist()
        chance = rng.uniform(size=(count, 5)).tolist()
        for row in range(count):
            one, (new_person, new_episode, strong, severe, kill) = seat[row], chance[row]
            at_s[one] += ahead[row]
            people[one] += new_person < 0.002
            episodes[one] += new_episode < 0.1
            kind = AFFECTS[affect[row]]
            alert = Alert(
                episode=f"{one}-{people[one]}-{episodes[one]}",
                seat=seats[one],
                occupancy=OccupancyKey(f"{one}-{people[one]}"),
                affect=kind,
                at_s=at_s[one],
                onset_s=at_s[one] - 100,
                intensity=strong,
                held=_HELD[kind][held[row]],
                severe_s=400 * severe,
                evidence=_EVIDENCE,
                opened=False,
                cleared=severe > 0.97,
            )
            yield one, alert, _CONTEXTS[where[row]], kill < 0.05
