"""Figures in words: what each is, how sure it is, and what it would take to tell more."""

from appliance.commands.policy.plain import CHOICES, EVIDENCE, REWARD, counted, drawn_outcomes
from appliance.commands.policy.words import OFFERS
from appliance.commands.report.findings import MIN_STAYS, Figure, Findings, ShareFindings
from appliance.domain.policy.choices import PolicyAction
from appliance.intervention.effects.fidelity import FidelityCheck, FidelitySubject
from appliance.intervention.effects.intervals import Estimate
from appliance.intervention.effects.needed import MOST

NOT_TOLD = '"-": not told, because fewer than five stays are behind it'

TOO_FEW = "fewer than five stays: no figure yet"

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

AGAINST_LOT = "drawn by lot, against nothing for two minutes in situations of the same kind"

EFFECTS = "Effect of an action after two minutes"
EFFECTS_WHAT = f"{AGAINST_LOT}; points of 100 with the 95 % interval"

ALERTS_WHAT = "shares of alerts; not compared by lot"
ARMS = "with an intervention", "with nothing"

POLICY = "Learned policy against the rules"
POLICY_WHAT = "reward gained per choice with the 95 % interval; 0 is what the rules alone would get"

USES = "What was shown, and what students did with it"
USES_WHAT = (
    "shares of 100, what was accepted with its 95 % interval; per hour with a student in sight"
)
NOTHING_SHOWN = "nothing was shown"
ACCEPTED, CLOSED, UNANSWERED = "accepted or completed", "closed", "no answer"

STILL = "Is the record still what it was? (last week against before)"

STAYS = (
    "A stay is one student on one seat, until that student leaves. Intervals are wide enough for "
    "choices of one stay that depend on each other. Nothing is shown of fewer than five stays."
)


def head(findings: Findings) -> str:
    """Return what the record is; of an empty one, why it is empty."""
    if findings.empty:
        return (
            "There is nothing to report yet: no student was in sight and nothing was decided. "
            f"{_setting(findings)}."
        )
    seen = f"{counted(findings.stays, 'stay')}, {findings.hours:,.1f} hours with a student in sight"
    return f"{seen}; {_choices(findings)}."


def _choices(findings: Findings) -> str:
    counts = findings.counts
    if not counts.made:
        return f"no choice is on record that could be compared. {_setting(findings)}"
    known = f"outcomes of {counts.finished:,} known" if counts.finished else "no outcome known yet"
    made = f"{counted(counts.made, 'choice')}, {known}"
    if findings.fatigue_only:
        return made
    if not counts.drawn:
        return f"{made}; none drawn by lot"
    stays = f" in {counted(findings.drawn_stays, 'stay')}" if findings.explored else ""
    pending = 0 < counts.drawn_finished < counts.drawn
    of_these = f", outcomes of {counts.drawn_finished:,} of these known" if pending else ""
    return f"{made}; {counts.drawn:,} drawn by lot{stays}{of_these}"


def _setting(findings: Findings) -> str:
    """Return who decides and whether lots are drawn, as configured."""
    settings = findings.settings
    decides = f"{settings.learner} may replace what the rules say"
    if settings.learner == "rules":
        decides = "The rules decide alone"
    if settings.fatigue_only:
        return f"{decides}, and in fatigue-only nothing is drawn by lot"
    if settings.explore:
        return f"{decides}, and mild help is drawn by lot ([policy] explore = true)"
    return f"{decides}, and nothing is drawn by lot ([policy] explore = false): no effect is told"


def why_no_effect(findings: Findings) -> str:
    """Return why no effect of an action can be told; empty when one can."""
    counts = findings.counts
    if findings.explored:
        return ""
    if findings.fatigue_only:
        return "No effect can be told: in fatigue-only nothing is drawn by lot."
    if counts.drawn:
        drawn = drawn_outcomes(drawn=counts.drawn, known=counts.drawn_finished)
        return f"No effect can be told yet: {drawn}."
    if findings.settings.explore:
        return (
            "No effect can be told yet: lots are drawn ([policy] explore), but there was no "
            "choice to draw one for since."
        )
    return NO_LOT


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
    """Return how many more choices it would take."""
    if figure.more is None:
        unknown = figure.estimate.error in (0.0, float("inf"))
        if unknown:
            again = f"look again after about {rounded(figure.known):,} more choices"
            return f"too little was drawn to say how long; {again}"
        return f"more than {MOST:,} more choices"
    return f"about {rounded(figure.more):,} more choices"


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
    """Return a gain per choice in units of reward, with its lower bound."""
    estimate = figure.estimate
    if not estimate.told:
        return f"cannot tell yet: {longer(figure)}"
    word = "better" if estimate.value > 0 else "worse"
    interval = f"[{estimate.low:+.3f}, {estimate.high:+.3f}]"
    return f"{word}: {estimate.value:+.3f} {interval}, most likely above {estimate.bound:+.3f}"


def policy(findings: Findings) -> str:
    """Return what is known of the learned policy against the rules."""
    if findings.overrides == 0:
        return _no_override(findings)
    if findings.policy is None:
        return TOO_FEW if findings.explored else why_no_effect(findings)
    return reward(findings.policy)


def _no_override(findings: Findings) -> str:
    learner = findings.settings.learner
    if learner == "rules":
        return 'nothing to compare: the rules decide alone ([policy] learner = "rules")'
    said = (
        f"nothing to compare yet: {learner} has not replaced any action of the rules. It may where "
        f"it is sure of a gain and {EVIDENCE}"
    )
    if findings.unproven:
        fewer = [f"{known} of {OFFERS[one]}" for one, known in findings.unproven.items()]
        said += f"; there are {', '.join(fewer)} so far"
    return f"{said}. classbox policy status says whether it is in use"


def alarm(check: FidelityCheck) -> str:
    """Return one alarm of fidelity."""
    action = "" if check.action is None else OFFERS[check.action]
    if check.subject is FidelitySubject.PROPENSITY:
        done = "nothing is done" if check.action is PolicyAction.NOTHING else f"{action} is done"
        return f"{done} {check.now:.2f} times as often as its recorded probabilities say"
    what = {
        FidelitySubject.ALLOWED: f"{action} is allowed in {100 * check.now:.0f} of 100 choices",
        FidelitySubject.REWARD: f"the mean reward of {action} is {check.now:+.3f}",
        FidelitySubject.MISSING: f"the reward is missing in {100 * check.now:.0f} of 100 choices",
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
        return [
            "cannot tell yet: it takes ten stays with draws in the last week, and ten before it"
        ]
    lines = [f"ALARM: {alarm(one)}" for one in known if one.alarm]
    return lines or [f"as before in {len(known)} of {len(findings.fidelity)} checks, no alarm"]


def halved_heading(findings: Findings) -> str:
    """Return what the score of the shares is."""
    score = "tired" if findings.fatigue_only else "tired and bored together"
    return f"The score ({score}) fell by more than half within two minutes"


def halved_what(findings: Findings) -> str:
    """Return what the two shares are."""
    if findings.halved is None:
        return ALERTS_WHAT
    return (
        f"shares where it was above {findings.theta:g} with the 95 % interval; {AGAINST_LOT}: "
        "their difference is an effect"
    )


def alerts(share: ShareFindings | None) -> str:
    """Return a share of alerts."""
    return (
        TOO_FEW if share is None else f"{100 * share.halved:.0f} of 100 ({share.alerts:,} alerts)"
    )


def shares(findings: Findings) -> list[str]:
    """Return what stands beside the two arms, and below them what it means."""
    halved = findings.halved
    if halved is None:
        acted, left = alerts(findings.alerts_acted), alerts(findings.alerts_left)
        return [acted, left, NO_EFFECT]
    with_action, without = of_100(halved.with_action.estimate), of_100(halved.without.estimate)
    return [with_action, without, f"effect: {points(halved.difference)}"]


def notes(findings: Findings) -> list[str]:
    """Return what stands below a picture."""
    lines = []
    if findings.explored:
        lines.append(BY_CHANCE)
        lines += [f"{STILL} {line}" for line in fidelity(findings)]
    return [*lines, *explained(findings)]


def explained(findings: Findings) -> list[str]:
    """Return what words and intervals mean."""
    if findings.empty:
        return []
    stays = STAYS
    if findings.drawn_stays >= MIN_STAYS:
        each = findings.counts.drawn_finished / findings.drawn_stays
        stays = f"{STAYS} A stay has about {max(round(each), 1):,} choices drawn by lot."
    choices = [CHOICES] if findings.counts.made else []
    return [*choices, *([REWARD] if findings.policy is not None else []), stays]
