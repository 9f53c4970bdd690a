"""The same figures for machines."""

import math

from appliance.commands.report.findings import Figure, Findings, HalvedFindings, ShareFindings
from appliance.commands.report.tell import NO_EFFECT, policy, why_no_effect
from appliance.intervention.effects.fidelity import FidelityCheck
from appliance.intervention.effects.intervals import Estimate

Json = dict[str, object]


def to_json(findings: Findings) -> Json:
    """Return what ``--json`` prints; null is "fewer than five stays" or "nothing to tell"."""
    effects: list[Json] = [
        {
            "action": one.action.name.lower(),
            "drawn": one.drawn or None,
            "fatigue": figure_to_json(one.fatigue),
            "boredom": figure_to_json(one.boredom),
        }
        for one in findings.effects
    ]
    return {
        "effect_can_be_told": findings.explored,
        "why_not": why_no_effect(findings),
        "choices": findings.counts.made,
        "choices_erased": findings.counts.erased,
        "outcomes": findings.counts.finished,
        "drawn": findings.counts.drawn,
        "drawn_outcomes": findings.counts.drawn_finished,
        "drawn_stays": findings.drawn_stays,
        "hours": round(findings.hours, 2),
        "stays": findings.stays,
        "effects": effects,
        "halved": _halved(findings.halved),
        "alerts": {
            "with_intervention": _share(findings.alerts_acted),
            "without": _share(findings.alerts_left),
            "is_effect": False,
            "note": NO_EFFECT,
        },
        "uses": [
            {
                "action": one.action.value,
                "shown": one.shown or None,
                "per_hour": round(one.per_hour, 4) if one.shown else None,
                "accepted": None if one.accepted is None else _estimate(one.accepted),
                "dismissed": round(one.dismissed, 4) if one.shown else None,
            }
            for one in findings.uses
        ],
        "policy_against_rules": figure_to_json(findings.policy),
        "policy": policy(findings),
        "overrides": findings.overrides,
        "fidelity": [_check(one) for one in findings.fidelity],
    }


def figure_to_json(figure: Figure | None) -> Json | None:
    """Return a figure; None stays None."""
    if figure is None:
        return None
    told = figure.estimate.told
    return {**_estimate(figure.estimate), "told": told, "more_decisions": figure.more}


def _estimate(estimate: Estimate) -> Json:
    return {
        "value": _number(estimate.value),
        "low": _number(estimate.low),
        "high": _number(estimate.high),
        "lower_bound": _number(estimate.bound),
        "decisions": estimate.decisions,
        "stays": estimate.stays,
        "effective": round(estimate.effective, 1),
    }


def _halved(halved: HalvedFindings | None) -> Json | None:
    if halved is None:
        return None
    return {
        "with_intervention": figure_to_json(halved.with_action),
        "without": figure_to_json(halved.without),
        "difference": figure_to_json(halved.difference),
        "is_effect": True,
    }


def _share(share: ShareFindings | None) -> Json | None:
    return None if share is None else {"alerts": share.alerts, "halved": round(share.halved, 4)}


def _check(check: FidelityCheck) -> Json:
    return {
        "subject": check.subject.value,
        "action": None if check.action is None else check.action.name.lower(),
        "before": _number(check.before),
        "now": _number(check.now),
        "margin": _number(check.margin),
        "alarm": check.alarm,
    }


def _number(value: float) -> float | None:
    return round(value, 5) if math.isfinite(value) else None
