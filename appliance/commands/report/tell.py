"""Figures in words: what each is, how sure it is, and what it would take to tell more."""

from appliance.commands.policy.words import OFFERS
from appliance.commands.report.findings import Figure, Findings, ShareFindings
from appliance.domain.policy.choices import PolicyAction
from appliance.intervention.effects.fidelity import FidelityCheck, FidelitySubject
from appliance.intervention.effects.intervals import Estimate
from appliance.intervention.effects.needed import MOST

TOO_FEW = "fewer than five stays: no figure"

NO_LOT = (
    "No effect can be told. Nothing was drawn by lot, so nobody knows what would have happened "
    "without help; [policy] explore draws, and README says what that needs."
)

NO_EFFECT = (
    "This is NOT an effect: scores fall by themselves, and interventions come when they are "
    "highest."
)

BY_CHANCE = (
    "One in twenty such intervals misses the truth: of several effects side by side, a small one "
    "may be chance."
)

AGAINST_LOT = "by lot, against nothing for two minutes in situations of the same kind"


def head(findings: Findings) -> str:
    """Return what the record is."""
    drawn = f"; {findings.drawn:,} drawn by lot in {findings.drawn_stays:,} stays"
    return (
        f"{findings.stays:,} stays, {findings.hours:,.1f} hours with a student in sight; "
        f"{findings.choices:,} decisions with a known outcome"
        f"{drawn if findings.explored else ''}."
    )


def points(figure: Figure | None, *, up: str = "more", down: str = "less") -> str:
    """Return an effect in points of 100, or that it cannot be told.

    Args:
        figure: A difference of probabilities or shares; None with too few stays.
        up: What more than 0 means.
        down: What less means.
    """
    if figure is None:
        return TOO_FEW
    estimate = figure.estimate
    if not estimate.told:
        return f"cannot tell yet: {longer(figure)}"
    word = up if estimate.value > 0 else down
    low, high = sorted((abs(estimate.low), abs(estimate.high)))
    return (
        f"{word} by {_short(100 * abs(estimate.value))} [{_short(100 * low)}, {_short(100 * high)}]"
    )


def _short(number: float) -> str:
    """Return a number that is not 0 so that it does not look like it."""
    return f"{number:.0f}" if number >= 1 else f"{number:.1g}"


def longer(figure: Figure) -> str:
    """Return how many more decisions it would take."""
    if figure.more is None:
        unknown = figure.estimate.error in (0.0, float("inf"))
        return "not enough drawn to say how long" if unknown else f"more than {MOST:,} decisions"
    return f"about {rounded(figure.more):,} more decisions"


def rounded(number: int) -> int:
    """Return two digits of it: more would promise what nobody knows."""
    scale = int(10 ** max(len(str(number)) - 2, 0))
    return -(-number // scale) * scale


def of_100(estimate: Estimate) -> str:
    """Return a share with its interval."""
    if estimate.low == -float("inf"):
        return f"{100 * estimate.value:.0f} of 100"
    low, high = (100 * min(max(end, 0.0), 1.0) for end in (estimate.low, estimate.high))
    return f"{100 * estimate.value:.0f} of 100 [{low:.0f}, {high:.0f}]"


def reward(figure: Figure) -> str:
    """Return a gain per decision in units of reward, with its lower bound."""
    estimate = figure.estimate
    if not estimate.told:
        return f"cannot tell yet: {longer(figure)}"
    word = "better" if estimate.value > 0 else "worse"
    interval = f"[{estimate.low:+.3f}, {estimate.high:+.3f}]"
    return f"{word}: {estimate.value:+.3f} {interval}, at least {estimate.bound:+.3f}"


def policy(findings: Findings) -> str:
    """Return what is known of the learned policy against the rules."""
    if findings.overrides == 0:
        return "the rules decided alone: no learned action replaced one of theirs"
    if findings.policy is None:
        return TOO_FEW if findings.explored else "cannot tell: nothing was drawn by lot"
    return reward(findings.policy)


def alarm(check: FidelityCheck) -> str:
    """Return one alarm of fidelity."""
    action = "" if check.action is None else OFFERS[check.action]
    if check.subject is FidelitySubject.PROPENSITY:
        done = "nothing is done" if check.action is PolicyAction.NOTHING else f"{action} is done"
        return f"{done} {check.now:.2f} times as often as its recorded probabilities say"
    what = {
        FidelitySubject.ALLOWED: f"{action} is allowed in {100 * check.now:.0f} of 100 decisions",
        FidelitySubject.REWARD: f"the mean reward of {action} is {check.now:+.3f}",
        FidelitySubject.MISSING: f"the reward is missing in {100 * check.now:.0f} of 100 decisions",
    }[check.subject]
    shown = (
        f"{check.before:+.3f}"
        if check.subject is FidelitySubject.REWARD
        else f"{100 * check.before:.0f}"
    )
    return f"{what}, before it was {shown}"


def fidelity(findings: Findings) -> list[str]:
    """Return one line per alarm, or one that there is none."""
    known = [one for one in findings.fidelity if one.known]
    if not known:
        return ["cannot tell yet: it takes ten stays with draws in the last week, and before it"]
    lines = [f"ALARM: {alarm(one)}" for one in known if one.alarm]
    return lines or [f"as before in {len(known)} of {len(findings.fidelity)} checks, no alarm"]


def halved_what(findings: Findings) -> str:
    """Return what the two shares are, where something was drawn by lot."""
    return (
        f"shares where the score was above {findings.theta:g}, 95 % interval; {AGAINST_LOT}: "
        "their difference is an effect"
    )


def alerts(share: ShareFindings | None) -> str:
    """Return a share of alerts."""
    return (
        TOO_FEW if share is None else f"{100 * share.halved:.0f} of 100 ({share.alerts:,} alerts)"
    )


def notes(findings: Findings) -> list[str]:
    """Return what stands below a picture."""
    lines = []
    if findings.explored:
        lines.append(BY_CHANCE)
        lines += [f"Is the record still what it was? {line}" for line in fidelity(findings)]
    lines.append(
        "Intervals are wide enough for decisions of one stay that depend on each other. Nothing is "
        "shown of fewer than five stays."
    )
    return lines
