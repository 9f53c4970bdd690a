"""What teachers are told about an alert, and about a student whom a rule sends them to."""

from appliance.domain.alerts import Alert
from appliance.domain.interventions import Intervention
from appliance.mqtt.box_messages import AlertMessage, AlertPhase, AlertPriority, EvidenceData


def alert_message(alert: Alert) -> AlertMessage:
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


def contact_message(intervention: Intervention) -> AlertMessage:
    """Ask teachers to see a student at once: rule 0 of DESIGN.md, 6."""
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
