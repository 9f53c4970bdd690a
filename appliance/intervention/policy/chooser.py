"""Rule and learned action of one tick: what Table 1 proposes, a choice decides.

Table 1 proposes whenever an alert is evaluated. Where the masks allow more than nothing, and at
each step of 10 s without a proposal, the decider has the last word; everywhere else the rules act
as they do alone. A call for a teacher never comes here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from appliance.domain.affect import AFFECTS, AffectReading
from appliance.domain.alerts import Alert
from appliance.domain.interventions import Action, Feedback, Intervention, TaskContext
from appliance.domain.policy.choices import (
    POLICY_STEP_S,
    Choice,
    ChoiceOutcome,
    ChoiceReason,
    PolicyAction,
)
from appliance.domain.seats import SeatKey
from appliance.domain.tokens import SeatStatus, TokenBatch
from appliance.intervention.cooldowns import Interruptions
from appliance.intervention.policy.actions import ANSWERS_TO, BOX_ACTIONS, POLICY_ACTIONS_OF
from appliance.intervention.policy.decider import Decider
from appliance.intervention.policy.ledger import Heard, RewardLedger
from appliance.intervention.policy.reward import intrudes
from appliance.intervention.policy.situation import Situation, Situations
from appliance.intervention.rule_policy import Proposal, RulePolicy
from appliance.intervention.rules import NOT_INTERRUPTING


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What one tick has led to."""

    interventions: list[Intervention] = field(default_factory=list)
    """In the order in which they were decided."""

    choices: list[Choice] = field(default_factory=list)
    """One per decision; the id is that of its intervention, if there is one."""


class ActionChooser:
    """Stands between Table 1 and what is done. Not thread-safe."""

    def __init__(
        self,
        *,
        rules: RulePolicy,
        decider: Decider,
        context: Callable[[SeatKey], TaskContext | None],
        keeps_fused: Callable[[SeatKey], bool],
        enabled: bool = True,
    ) -> None:
        """Begin with nobody.

        Args:
            rules: Table 1 with the cool-downs.
            decider: Has the last word.
            context: What a seat's student is doing, as far as known.
            keeps_fused: Tells whether h_fused of a seat's student may be kept.
            enabled: False: nothing may reach a student's screen, so nothing is chosen.
        """
        self._rules = rules
        self._decider = decider
        self._context = context
        self._enabled = enabled
        self._situations = Situations(keeps_fused=keeps_fused)
        self._ledger = RewardLedger(
            on_answer=lambda seat, action, accepted: self._situations.answer(
                seat, action, accepted=accepted
            )
        )

    def see(self, tokens: TokenBatch, readings: Sequence[AffectReading]) -> None:
        """Take in the readings of the seats that were due, before ``choose``."""
        rows = {seat: row for row, seat in enumerate(tokens.seats)}
        for reading in readings:
            row = rows[reading.seat]
            present = tokens.status[row] is SeatStatus.PRESENT
            self._ledger.see(reading, present=present)
            self._situations.see(reading, age_s=float(tokens.age_s[row]), present=present)

    def choose(self, alerts: Sequence[Alert], seats: Sequence[SeatKey]) -> Chosen:
        """Decide about the alerts of a tick, and about the seats whose next step is due.

        Args:
            alerts: All of this tick.
            seats: Those that were due.
        """
        chosen = Chosen()
        for alert in alerts:
            context = self._context(alert.seat)
            proposal = self._rules.propose(alert, context, kill_switch=not self._enabled)
            if proposal is not None:
                self._consider(alert.seat, proposal, context, chosen)
        for seat in seats:
            situation = self._situations.get(seat)
            if situation is not None and situation.reached(situation.next_step_s):
                self._consider(seat, None, self._context(seat), chosen)
        return chosen

    def answer(self, seat: SeatKey, feedback: Feedback) -> Heard:
        """Take in what a student did with a command; ``seat`` is that of the terminal."""
        return self._ledger.answer(seat, feedback)

    def note_screen_event(self, seat: SeatKey) -> None:
        """Something has appeared on a student's screen or gone from it."""
        self._ledger.note_screen_event(seat)

    def take_outcomes(self) -> tuple[ChoiceOutcome, ...]:
        """Return what is known of earlier choices since the last call, each once."""
        return self._ledger.take_outcomes()

    def forget(self, seat: SeatKey) -> None:
        """Forget whoever leaves; what is open about them is settled as it stands."""
        self._ledger.end(seat)
        self._situations.end(seat)

    def _consider(
        self,
        seat: SeatKey,
        proposal: Proposal | None,
        context: TaskContext | None,
        chosen: Chosen,
    ) -> None:
        situation = self._situations.get(seat)
        if proposal is not None and (
            situation is None
            or situation.occupancy != proposal.alert.occupancy
            or proposal.rule.action in NOT_INTERRUPTING
        ):
            self._commit(proposal, chosen)
            return
        if situation is None:
            return
        if proposal is not None and not situation.reached(situation.held_until_s):
            return
        if situation.reached(situation.next_step_s):
            situation.begin_step()
        interruptions = self._rules.interruptions(seat, situation.occupancy, situation.at_s)
        allowed = situation.allowed(context, interruptions)
        state = situation.encode(context, interruptions)
        if not (self._enabled and allowed[1:].any()):
            if proposal is not None:
                self._commit(proposal, chosen)
            return
        situation.begin_step()  # a proposal between two steps is one
        choice = self._decider.choose(
            seat=seat,
            occupancy=situation.occupancy,
            state=state,
            allowed=tuple(bool(one) for one in allowed),
            rule_action=_as_policy(proposal),
            rule="" if proposal is None else proposal.rule.row,
            at_s=situation.at_s,
        )
        self._carry_out(choice, proposal, situation, interruptions, chosen)

    def _carry_out(
        self,
        choice: Choice,
        proposal: Proposal | None,
        situation: Situation,
        interruptions: Interruptions,
        chosen: Chosen,
    ) -> None:
        chosen.choices.append(choice)
        acts = choice.action is not PolicyAction.NOTHING
        self._ledger.follow(
            choice.id,
            choice.seat,
            choice.action,
            intrude=acts
            and intrudes(
                since_last_s=interruptions.since_last_s, in_last_hour=interruptions.in_last_hour
            ),
        )
        if proposal is not None and choice.action is choice.rule_action:
            chosen.interventions.append(self._rules.commit(proposal, intervention=choice.id))
            return
        if proposal is not None:
            situation.held_until_s = choice.at_s + POLICY_STEP_S
        if not acts:
            return
        if proposal is None:
            self._rules.interrupt(
                choice.seat, choice.occupancy, choice.at_s, intervention=choice.id
            )
        else:
            self._rules.replace(proposal, intervention=choice.id)
        chosen.interventions.append(_learned(choice, proposal, situation))

    def _commit(self, proposal: Proposal, chosen: Chosen) -> None:
        """Let a rule act as it does alone."""
        intervention = self._rules.commit(proposal)
        chosen.interventions.append(intervention)
        if intervention.action is not Action.CONTACT_TEACHER:
            action = POLICY_ACTIONS_OF[intervention.action]
            self._ledger.follow(intervention.id, intervention.seat, action, told=False)


def _as_policy(proposal: Proposal | None) -> PolicyAction:
    return PolicyAction.NOTHING if proposal is None else POLICY_ACTIONS_OF[proposal.rule.action]


def _learned(choice: Choice, proposal: Proposal | None, situation: Situation) -> Intervention:
    """Return what a choice does that no rule proposes, with the numbers behind it."""
    mean_p = situation.mean_p
    affect = max(ANSWERS_TO[choice.action], key=lambda one: mean_p[AFFECTS.index(one)])
    intensity = float(mean_p[AFFECTS.index(affect)])
    why = f"drawn with probability {choice.propensity:.2f} among what is allowed"
    if choice.reason is ChoiceReason.OVERRIDE:
        why = f"{choice.policy}: at least {choice.bound:.3f} better than the rule"
    return Intervention(
        id=choice.id,
        episode="" if proposal is None else proposal.alert.episode,
        seat=choice.seat,
        occupancy=choice.occupancy,
        affect=affect,
        action=BOX_ACTIONS[choice.action],
        rule=choice.reason.value,
        reason=f"{affect}: {intensity:.3f} on a 60 s mean; {why}",
        intensity=intensity,
        duration_s=0.0,
        at_s=choice.at_s,
    )
