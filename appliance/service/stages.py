"""The stages of all seats, as configured, from perception to the teachers' budget."""

from collections.abc import Callable

from appliance.domain.affect import VIGILANCES
from appliance.domain.interventions import TaskContext
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import TOKEN_HZ
from appliance.fusion.fuser import MIN_PROBABILITY_OF_TWO, Fuser
from appliance.intake.sensor_seats import SensorSeats
from appliance.intervention.cooldowns import Cooldowns
from appliance.intervention.policy.chooser import ActionChooser
from appliance.intervention.policy.decider import Decider
from appliance.intervention.rule_policy import RulePolicy
from appliance.intervention.rules import Rule, select_rules, severe_level, tracked_levels
from appliance.perception.build import build_perceivers
from appliance.perception.perceiver import Perceiver
from appliance.perception.scratch import Scratch
from appliance.pipeline import Pipeline
from appliance.ports import ConsentRegister
from appliance.service.contexts import quiet_where
from appliance.service.models import Models
from appliance.settings.layout import all_seats, camera_regions, seat_cameras, seat_terminals
from appliance.settings.tree import Settings
from appliance.warning.monitor import EpisodeMonitor
from appliance.warning.teacher_budget import TeacherBudget
from appliance.windows.seat_windows import SeatWindows


def build_pipeline(
    settings: Settings,
    models: Models,
    *,
    consent: ConsentRegister,
    context: Callable[[SeatKey], TaskContext | None],
    new_id: Callable[[], str],
    decider: Decider | None = None,
    sensors: SensorSeats | None = None,
) -> Pipeline:
    """Return all stages, connected.

    Args:
        settings: Of the box.
        models: Loaded already.
        consent: Whom the box may look at.
        context: What a seat's student is doing, as far as known.
        new_id: Makes ids of occupancies, episodes and decisions.
        decider: Has the last word on what the rules propose; None: nobody.
        sensors: Seats of which tokens come; None: there are none.
    """
    policy = build_policy(settings, new_id=new_id)
    windows = build_windows(settings, new_key=lambda: OccupancyKey(new_id()))
    terminals = seat_terminals(settings)

    def calibrating(seat: SeatKey) -> bool:
        if sensors is not None and seat in sensors:
            return sensors.calibrating(seat)
        return windows.calibrating(seat)

    context = quiet_where(calibrating, context, terminals=terminals)
    return Pipeline(
        perceivers=build_seats(settings, models),
        windows=windows,
        fuser=build_fuser(settings, models),
        monitor=build_monitor(settings, new_id=new_id),
        policy=policy,
        teacher=build_teacher_budget(settings),
        consent=consent,
        context=context,
        enabled=settings.intervention.enabled,
        sensors=sensors,
        chooser=None
        if decider is None
        else ActionChooser(
            rules=policy,
            decider=decider,
            context=context,
            keeps_fused=_nobody_has_agreed,
            enabled=settings.intervention.enabled,
        ),
    )


def _nobody_has_agreed(_: SeatKey) -> bool:
    """Tell whether h_fused may be kept: the consent on record does not go so far."""
    return False


def build_seats(settings: Settings, models: Models) -> dict[SeatKey, Perceiver]:
    """Return one perceiver per seat, each with requests of its own; none without a camera."""
    if models.perception is None:
        return {}
    scratch = Scratch()
    mediapipe = models.mediapipe
    perceivers: dict[SeatKey, Perceiver] = {}
    for regions in camera_regions(settings).values():
        perceivers |= build_perceivers(
            models.perception,
            regions,
            scratch=scratch,
            new_tracker=None if mediapipe is None else mediapipe.tracker,
        )
    return perceivers


def build_windows(settings: Settings, *, new_key: Callable[[], OccupancyKey]) -> SeatWindows:
    """Return the windows of all seats."""
    return SeatWindows(
        seats=list(seat_cameras(settings)),
        new_key=new_key,
        fatigue_only=settings.policy.fatigue_only,
    )


def build_fuser(settings: Settings, models: Models) -> Fuser:
    """Return the fuser of all seats."""
    session, seats = models.fusion.session(), len(all_seats(settings))
    if settings.policy.fatigue_only:
        return Fuser(
            session, seats=seats, states=VIGILANCES, min_probability=MIN_PROBABILITY_OF_TWO
        )
    return Fuser(session, seats=seats)


def build_monitor(settings: Settings, *, new_id: Callable[[], str]) -> EpisodeMonitor:
    """Return equation 9 with the configured numbers, in tokens; its score is the profile's."""
    rules = _select_rules(settings)
    return EpisodeMonitor(
        levels=tracked_levels(rules),
        severe_level=severe_level(rules),
        new_id=new_id,
        theta=settings.warning.theta,
        clear_below=settings.warning.clear_below,
        window_tokens=round(settings.warning.window_s * TOKEN_HZ),
        tau_tokens=round(settings.warning.tau_s * TOKEN_HZ),
        fatigue_only=settings.policy.fatigue_only,
    )


def build_teacher_budget(settings: Settings) -> TeacherBudget:
    """Return the teachers' budget; a box with no more seats than messages need not spread them."""
    messages = settings.warning.teacher_messages
    return TeacherBudget(messages=messages, spread=len(all_seats(settings)) > messages)


def build_policy(settings: Settings, *, new_id: Callable[[], str]) -> RulePolicy:
    """Return Table 1 as configured, without the rows that the profile has no state for."""
    return RulePolicy(rules=_select_rules(settings), cooldowns=Cooldowns(), new_id=new_id)


def _select_rules(settings: Settings) -> tuple[Rule, ...]:
    return select_rules(
        literal=settings.intervention.literal_severe_rule,
        recalibrated=settings.intervention.recalibrated,
        fatigue_only=settings.policy.fatigue_only,
    )
