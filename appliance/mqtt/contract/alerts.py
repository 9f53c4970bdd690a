"""What teachers are told about alerts, and about students whom a rule sends them to."""

from dataclasses import replace

from appliance.domain.alerts import Alert
from appliance.domain.interventions import Intervention
from appliance.domain.teacher_messages import TeacherMessage
from appliance.mqtt.contract.box import (
    AlertMessage,
    AlertPhase,
    AlertPriority,
    EvidenceData,
    OtherSeat,
)


def alert_message(message: TeacherMessage) -> AlertMessage:
    """Say what the first seat of a message is about, and name the others."""
    named = [
        *(_contact(contact) for contact in message.contacts),
        *(_alert(alert) for alert in message.alerts),
    ]
    others = tuple(
        OtherSeat(
            seat=other.seat, episode=other.episode, affect=other.affect, priority=other.priority
        )
        for other in named[1:]
    )
    return replace(named[0], others=others)


def _alert(alert: Alert) -> AlertMessage:
    """Say where an episode stands, with the evidence of eq. 9."""
    phase = AlertPhase.ONGOING
    if alert.opened:
        phase = AlertPhase.RAISED
    elif alert.cleared:
        phase = AlertPhase.CLEARED
    return AlertMessage(
        episode=alert.episode,
        seat=alert.seat,
        affect=alert.affect,
        priority=AlertPriority.NORMAL,
        phase=phase,
        intensity=_fraction(alert.intensity),
        duration_s=max(0.0, alert.at_s - alert.onset_s),
        evidence=EvidenceData(
            mean_score=_fraction(alert.evidence.mean_score),
            tokens_above=alert.evidence.tokens_above,
        ),
    )


def _contact(intervention: Intervention) -> AlertMessage:
    """Ask teachers to see a student at once: rule 0 of docs/DESIGN.md, 6."""
    return AlertMessage(
        episode=intervention.episode,
        seat=intervention.seat,
        affect=intervention.affect,
        priority=AlertPriority.HIGHEST,
        phase=AlertPhase.RAISED,
        intensity=_fraction(intervention.intensity),
        duration_s=max(0.0, intervention.duration_s),
        rule=intervention.rule,
        reason=intervention.reason,
    )


def _fraction(value: float) -> float:
    # Sums of float32 probabilities end a little above 1.
    return min(1.0, max(0.0, value))
