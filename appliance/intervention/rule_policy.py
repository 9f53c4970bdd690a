"""From an alert to an action: the rules in order, masks, cool-downs, the reason."""

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from appliance.domain.alerts import Alert
from appliance.domain.interventions import Intervention, RefusalCause, RefusedAction, TaskContext
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.intervention.cooldowns import Cooldowns, CooldownSnapshot, Interruptions, Started
from appliance.intervention.rules import NOT_INTERRUPTING, Rule, find_mask

_UNTOLD_REFUSALS = 1000

_LATEST = 100
"""Interventions that can be taken back; more than one tick of a full classroom has."""

_Refused = frozenset[tuple[str, RefusalCause]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a row of Table 1 would do now."""

    rule: Rule
    """The row."""

    alert: Alert
    """What it is about."""


class RulePolicy:
    """Equation 10: the first row that applies and may act decides; otherwise nothing is done.

    A row that applies but may not act is passed over and its cause noted. A masked action has
    no gentler stand-in: during an exam or with unsaved input the box keeps still, and the row
    acts as soon as the mask is lifted, because only an action that was taken starts a cool-down.
    """

    def __init__(
        self, *, rules: Sequence[Rule], cooldowns: Cooldowns, new_id: Callable[[], str]
    ) -> None:
        """Start with nothing done.

        Args:
            rules: Rows in order, as ``select_rules`` gives them.
            cooldowns: What was done so far.
            new_id: Gives a fresh random id for each intervention.
        """
        self._rules = tuple(rules)
        self._cooldowns = cooldowns
        self._new_id = new_id
        self._refused: dict[str, _Refused] = {}  # by episode, as it stood a second ago
        self._started: OrderedDict[str, Started] = OrderedDict()  # by intervention
        # Bounded for a caller that never asks; the oldest go first. Only the log is poorer.
        self._untold: deque[RefusedAction] = deque(maxlen=_UNTOLD_REFUSALS)

    def decide(
        self,
        alert: Alert,
        context: TaskContext | None = None,
        *,
        kill_switch: bool = False,
    ) -> Intervention | None:
        """Decide about one evaluation of an episode.

        Args:
            alert: As the monitor hands it out; one that is cleared leads to nothing.
            context: What the seat's terminal last said; None when it said nothing.
            kill_switch: True: nothing may reach a student; a teacher is still called.

        Returns:
            What is done, its cool-down already started; None when there is nothing to report.
        """
        proposal = self.propose(alert, context, kill_switch=kill_switch)
        return None if proposal is None else self.commit(proposal)

    def propose(
        self,
        alert: Alert,
        context: TaskContext | None = None,
        *,
        kill_switch: bool = False,
    ) -> Proposal | None:
        """Do what ``decide`` does without starting a cool-down: somebody else has the last word.

        Returns:
            What ``commit`` wants; None when there is nothing to report.
        """
        if alert.cleared:
            self._refused.pop(alert.episode, None)
            return None
        refused = []
        chosen = None
        for rule in self._rules:
            if not rule.applies(alert):
                continue
            cause = self._find_cause(rule, alert, context, kill_switch=kill_switch)
            if cause is None:
                chosen = rule
                break
            refused.append((rule, cause))
        self._note(alert, refused)
        return None if chosen is None else Proposal(rule=chosen, alert=alert)

    def commit(self, proposal: Proposal, *, intervention: str | None = None) -> Intervention:
        """Take what was proposed: its cool-down starts.

        Args:
            proposal: From this policy, of this moment.
            intervention: Id that it gets; None makes a fresh one.
        """
        rule, alert = proposal.rule, proposal.alert
        key = self._new_id() if intervention is None else intervention
        self._remember(key, self._cooldowns.start(rule, alert))
        return Intervention(
            id=key,
            episode=alert.episode,
            seat=alert.seat,
            occupancy=alert.occupancy,
            affect=alert.affect,
            action=rule.action,
            rule=rule.row,
            reason=rule.explain(alert),
            intensity=alert.intensity,
            duration_s=rule.measured_s(alert),
            at_s=alert.at_s,
        )

    def replace(self, proposal: Proposal, *, intervention: str) -> None:
        """Let something else be done instead: the row has been answered and cools down."""
        self._remember(intervention, self._cooldowns.start(proposal.rule, proposal.alert))

    def interrupt(
        self, seat: SeatKey, occupancy: OccupancyKey, at_s: float, *, intervention: str
    ) -> None:
        """Count something that no row has led to among what interrupts a student."""
        self._remember(intervention, self._cooldowns.interrupt(seat, occupancy, at_s))

    def take_back(self, intervention: str) -> None:
        """Undo the cool-down of what could not be put on record, and so was not done.

        Args:
            intervention: Its id, of this tick.
        """
        started = self._started.pop(intervention, None)
        if started is not None:
            self._cooldowns.take_back(started)

    def _remember(self, intervention: str, started: Started) -> None:
        self._started[intervention] = started
        while len(self._started) > _LATEST:
            self._started.popitem(last=False)

    def interruptions(self, seat: SeatKey, occupancy: OccupancyKey, at_s: float) -> Interruptions:
        """Return what a student was interrupted by, whoever led to it."""
        return self._cooldowns.interruptions(seat, occupancy, at_s)

    def take_refusals(self) -> tuple[RefusedAction, ...]:
        """Return what was considered and refused since the last call, for the log.

        A row refused for the same cause second after second is told once, until that changes.
        """
        taken = tuple(self._untold)
        self._untold.clear()
        return taken

    def forget(self, seat: SeatKey, *, episodes: Collection[str]) -> None:
        """Forget what was done there, and these episodes of it: they have been erased."""
        self._cooldowns.forget(seat)
        for episode in episodes:
            self._refused.pop(episode, None)
        told = [one for one in self._untold if one.seat != seat]
        self._untold.clear()
        self._untold.extend(told)

    def snapshot(self) -> CooldownSnapshot:
        """Return the cool-downs as JSON, for a checkpoint."""
        return self._cooldowns.snapshot()

    def restore(self, snapshot: CooldownSnapshot, *, shift_s: float = 0.0) -> None:
        """Go on from a checkpoint; refusals may be told once more. See ``Cooldowns.restore``."""
        self._cooldowns.restore(snapshot, shift_s=shift_s)

    def _find_cause(
        self,
        rule: Rule,
        alert: Alert,
        context: TaskContext | None,
        *,
        kill_switch: bool,
    ) -> RefusalCause | None:
        if kill_switch and rule.action not in NOT_INTERRUPTING:
            return RefusalCause.KILL_SWITCH
        return find_mask(rule.action, context) or self._cooldowns.refusal(rule, alert)

    def _note(self, alert: Alert, refused: Sequence[tuple[Rule, RefusalCause]]) -> None:
        known = self._refused.get(alert.episode, frozenset())
        for rule, cause in refused:
            if (rule.row, cause) not in known:
                self._untold.append(
                    RefusedAction(
                        episode=alert.episode,
                        seat=alert.seat,
                        rule=rule.row,
                        action=rule.action,
                        cause=cause,
                        at_s=alert.at_s,
                    )
                )
        self._refused[alert.episode] = frozenset((rule.row, cause) for rule, cause in refused)
