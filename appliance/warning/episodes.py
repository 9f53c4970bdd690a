"""The episodes of one occupancy: raised, described, cleared."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypedDict

from appliance.domain.affect import Affect
from appliance.domain.alerts import Alert, AlertEvidence
from appliance.domain.arrays import Float32Array
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import TOKEN_S
from appliance.warning.alert_rule import assess_window, find_onset
from appliance.warning.track import ProbabilityTrack, TrackSettings, TrackSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeSettings:
    """When an episode begins and ends."""

    detectors: tuple[tuple[Affect, ...], ...]
    """Classes that each detector adds up; an alert's type is the one with the larger mean."""

    theta: float
    """Score threshold of equation 9, in (0, 1)."""

    clear_below: float
    """The episode ends when the window's mean falls below it, (0, theta]."""

    tau_tokens: int
    """Tokens above theta that must be exceeded, in [0, L)."""

    track: TrackSettings
    """L, the means and the levels."""

    def __post_init__(self) -> None:
        """Reject numbers that contradict each other."""
        if not 0 < self.clear_below <= self.theta < 1:
            msg = f"need 0 < clear_below <= theta < 1, got {self.clear_below} and {self.theta}"
            raise ValueError(msg)
        if not 0 <= self.tau_tokens < self.track.window_tokens:
            msg = (
                f"tau_tokens ({self.tau_tokens}) must be below window_tokens "
                f"({self.track.window_tokens}): no alert could ever be raised"
            )
            raise ValueError(msg)


class OccupancySnapshot(TypedDict):
    """The episodes of one occupancy as JSON."""

    occupancy: str
    track: TrackSnapshot
    episodes: list[tuple[int, str, float]]


class OccupancyEpisodes:
    """Follows one student's probabilities through the detectors.

    When the leading class of an open episode changes (fatigued turns to bored), the episode stays,
    and type, intensity and durations are those of the new class from that evaluation on.
    """

    def __init__(
        self, settings: EpisodeSettings, *, seat: SeatKey, occupancy: OccupancyKey
    ) -> None:
        """Start with nothing seen."""
        self._settings = settings
        self._seat = seat
        self.occupancy = occupancy
        """Whose they are."""
        self._track = ProbabilityTrack(settings.track)
        self._open: dict[int, _Episode] = {}  # by number of the detector

    def append(self, probabilities: Float32Array, *, at_s: float) -> None:
        """Add one known token, (A,) in the order of the track's affects."""
        self._track.append(probabilities, at_s=at_s)

    def evaluate(self, *, at_s: float, new_id: Callable[[], str]) -> tuple[Alert, ...]:
        """Raise, describe and clear; nothing before the first window is full.

        Args:
            at_s: Capture time, seconds.
            new_id: Called once for each episode that begins.

        Returns:
            Every open episode as it stands, those that end here included.
        """
        if self._track.seen < self._settings.track.window_tokens:
            return ()
        alerts = []
        for number in range(len(self._settings.detectors)):
            evidence = self._assess(number)
            opened = evidence.raised and number not in self._open
            if opened:
                self._open[number] = _Episode(id=new_id(), onset_s=self._onset_s(number))
            if number in self._open:
                cleared = evidence.mean_score < self._settings.clear_below
                alerts.append(
                    self._describe(number, evidence, at_s=at_s, opened=opened, cleared=cleared)
                )
                if cleared:
                    del self._open[number]
        return tuple(alerts)

    def close(self, *, at_s: float) -> tuple[Alert, ...]:
        """End every open episode, because the occupancy ends."""
        alerts = tuple(
            self._describe(number, self._assess(number), at_s=at_s, opened=False, cleared=True)
            for number in self._open
        )
        self._open.clear()
        return alerts

    def snapshot(self) -> OccupancySnapshot:
        """Return everything needed to go on later."""
        return {
            "occupancy": self.occupancy,
            "track": self._track.snapshot(),
            "episodes": [(number, e.id, e.onset_s) for number, e in self._open.items()],
        }

    @classmethod
    def restore(
        cls,
        settings: EpisodeSettings,
        snapshot: OccupancySnapshot,
        *,
        seat: SeatKey,
        shift_s: float,
    ) -> Self:
        """Rebuild what had the same settings; raises as ``ProbabilityTrack.restore`` does."""
        episodes = cls(settings, seat=seat, occupancy=OccupancyKey(snapshot["occupancy"]))
        episodes._track = ProbabilityTrack.restore(
            settings.track, snapshot["track"], shift_s=shift_s
        )
        episodes._open = {
            number: _Episode(id=episode, onset_s=onset_s + shift_s)
            for number, episode, onset_s in snapshot["episodes"]
        }
        return episodes

    def _assess(self, number: int) -> AlertEvidence:
        return assess_window(
            *(self._track.window(affect) for affect in self._settings.detectors[number]),
            theta=self._settings.theta,
            tau_tokens=self._settings.tau_tokens,
        )

    def _onset_s(self, number: int) -> float:
        first = find_onset(
            *(self._track.window(affect) for affect in self._settings.detectors[number]),
            theta=self._settings.theta,
        )
        return self._track.window_time_s(first) - TOKEN_S  # a token's time is its end

    def _describe(
        self, number: int, evidence: AlertEvidence, *, at_s: float, opened: bool, cleared: bool
    ) -> Alert:
        # max takes the first of equal means: the order of the detector's classes decides.
        affect = max(self._settings.detectors[number], key=self._track.mean)
        return Alert(
            episode=self._open[number].id,
            seat=self._seat,
            occupancy=self.occupancy,
            affect=affect,
            at_s=at_s,
            onset_s=self._open[number].onset_s,
            intensity=self._track.mean(affect),
            held=self._track.held(affect),
            severe_s=self._track.severe_s,
            evidence=evidence,
            opened=opened,
            cleared=cleared,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Episode:
    id: str
    onset_s: float
