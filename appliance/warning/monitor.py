"""From readings to open episodes, for every seat on its own.

What each kind of reading does to the occupancy it belongs to:

* ``KNOWN``: its probabilities are appended, timers go on, and the first such reading of each
  whole second of capture time re-evaluates the episodes.
* ``UNKNOWN`` and ``WARMING_UP``: frozen. Nothing is appended, no timer moves and nothing is
  evaluated, so no rule can act. After more than ``stale_s`` without a known reading, what was
  seen is too old to speak of now, and it ends.
* ``ABSENT``, or no occupancy: frozen likewise; ends after more than ``absence_s``.
* Another occupancy: the former one ends at once, the new one starts from nothing.
* Time that goes back: the camera's clock began anew; ends, and starts from nothing.
* No readings at all: nothing happens until the next one, which is judged as above.

Where an occupancy ends, its open episode is handed out once more, marked ``cleared``.
"""

import math
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Self, TypedDict

import numpy as np

from appliance.domain.affect import AFFECTS, Affect, AffectReading, ReadingStatus
from appliance.domain.alerts import Alert
from appliance.domain.seats import SeatKey
from appliance.domain.tokens import TOKEN_HZ
from appliance.errors import StorageError
from appliance.warning.episodes import EpisodeSettings, OccupancyEpisodes, OccupancySnapshot
from appliance.warning.track import TrackSettings

THETA = 0.7  # docs/DESIGN.md, 5; docs/PAPER.md, 3.2
CLEAR_BELOW = 0.5  # docs/DESIGN.md, 5
WINDOW_TOKENS = round(90 * TOKEN_HZ)  # L; docs/DESIGN.md, 5
TAU_TOKENS = round(60 * TOKEN_HZ)  # docs/DESIGN.md, 5; one minute in docs/PAPER.md, 3.2
MEAN_TOKENS = round(30 * TOKEN_HZ)  # intensity; docs/DESIGN.md, 5
SEVERE_TOKENS = round(60 * TOKEN_HZ)  # docs/DESIGN.md, 6, row 0
SEVERE_LEVEL = 0.9  # docs/DESIGN.md, 6, row 0
ABSENCE_S = 60.0  # docs/DESIGN.md, 2
STALE_S = 300.0  # ours: rests a head on the desk, yet a lesson later nothing old is held against it

# The sum is equation 9; the single classes are what Table 1 needs beside it (docs/DESIGN.md, 5).
_DETECTORS = ((Affect.FATIGUED, Affect.BORED), (Affect.CONFUSED,), (Affect.FOCUSED,))
_FATIGUE_DETECTORS = ((Affect.FATIGUED,),)  # docs/DESIGN.md, 8: s_t = p_fatigued

# Capture times are sums of fifths of a second: 2.9999999999 belongs to the third second.
_SECOND_SLACK_S = 1e-6


class SeatSnapshot(TypedDict):
    """One seat as JSON."""

    last_s: float
    present_s: float
    known_s: float
    second: int | None
    episodes: OccupancySnapshot


class MonitorSnapshot(TypedDict):
    """All seats as JSON."""

    settings: str
    seats: dict[str, SeatSnapshot]


class EpisodeMonitor:
    """Raises, follows and clears early warnings.

    An alert is an open episode. Equation 9 on a full window raises it, every second re-evaluates
    it, and a window whose mean has fallen below ``clear_below`` clears it.
    """

    def __init__(
        self,
        *,
        levels: Mapping[Affect, tuple[float, ...]],
        new_id: Callable[[], str],
        theta: float = THETA,
        clear_below: float = CLEAR_BELOW,
        window_tokens: int = WINDOW_TOKENS,
        tau_tokens: int = TAU_TOKENS,
        mean_tokens: int = MEAN_TOKENS,
        severe_tokens: int = SEVERE_TOKENS,
        severe_level: float = SEVERE_LEVEL,
        absence_s: float = ABSENCE_S,
        stale_s: float = STALE_S,
        fatigue_only: bool = False,
    ) -> None:
        """Start with every seat unknown.

        Args:
            levels: Intensities whose duration the rules ask about, per class.
            new_id: Gives a fresh random id for each episode.
            theta: Score threshold of equation 9, in (0, 1).
            clear_below: The episode ends when the window's mean falls below it, (0, theta].
            window_tokens: L of equation 9.
            tau_tokens: Tokens above theta that must be exceeded, in [0, L).
            mean_tokens: Tokens of the mean that is called intensity, in [1, L].
            severe_tokens: Tokens of the longer mean behind ``Alert.severe_s``.
            severe_level: What that mean must exceed.
            absence_s: Absence beyond which an occupancy is over, seconds.
            stale_s: Time without a known reading beyond which it is over, seconds.
            fatigue_only: Score and keep the probability of fatigued and no other.

        Raises:
            ValueError: The numbers contradict each other.
        """
        affects = (Affect.FATIGUED,) if fatigue_only else AFFECTS
        self._settings = EpisodeSettings(
            detectors=_FATIGUE_DETECTORS if fatigue_only else _DETECTORS,
            theta=theta,
            clear_below=clear_below,
            tau_tokens=tau_tokens,
            track=TrackSettings(
                affects=affects,
                levels={affect: tuple(levels.get(affect, ())) for affect in affects},
                window_tokens=window_tokens,
                mean_tokens=mean_tokens,
                severe_tokens=severe_tokens,
                severe_level=severe_level,
            ),
        )
        self._new_id = new_id
        self._absence_s = absence_s
        self._stale_s = stale_s
        self._seats: dict[SeatKey, _SeatEpisodes] = {}

    def assess(self, reading: AffectReading) -> tuple[Alert, ...]:
        """Follow one reading of one seat.

        Returns:
            The seat's open alerts as they stand now, once per whole second; and each episode
            that ended, once, marked ``cleared``. Mostly empty.
        """
        seat = self._seats.get(reading.seat)
        ended: tuple[Alert, ...] = ()
        if seat is not None:
            if reading.at_s == seat.last_s:
                return ()  # the same token again
            if self._is_over(seat, reading):
                ended, seat = self.end(reading.seat, at_s=reading.at_s), None
            else:
                seat.last_s = reading.at_s
                seat.present_s = seat.present_s if _is_absent(reading) else reading.at_s
        if reading.occupancy is None or not _is_known(reading):
            return ended
        if seat is None:
            episodes = OccupancyEpisodes(
                self._settings, seat=reading.seat, occupancy=reading.occupancy
            )
            seat = self._seats[reading.seat] = _SeatEpisodes(
                episodes=episodes,
                last_s=reading.at_s,
                present_s=reading.at_s,
                known_s=reading.at_s,
            )
        return ended + self._follow(seat, reading)

    def end(self, seat: SeatKey, *, at_s: float | None = None) -> tuple[Alert, ...]:
        """Forget the occupancy of a seat: consent is withdrawn, or the student logged off.

        Args:
            seat: Where.
            at_s: Capture time, seconds; None for that of its last reading.

        Returns:
            Its open episodes, marked ``cleared``.
        """
        known = self._seats.pop(seat, None)
        if known is None:
            return ()
        # A camera clock that began anew must not end an episode before it started.
        return known.episodes.close(at_s=known.last_s if at_s is None else max(at_s, known.last_s))

    def snapshot(self, seats: Container[SeatKey] | None = None) -> MonitorSnapshot:
        """Return these seats as JSON, for a checkpoint; None: all."""
        return {
            "settings": repr(self._settings),
            "seats": {
                key: seat.snapshot()
                for key, seat in self._seats.items()
                if seats is None or key in seats
            },
        }

    def restore(self, snapshot: MonitorSnapshot, *, shift_s: float = 0.0) -> bool:
        """Go on from a checkpoint as if nothing had happened in between.

        Args:
            snapshot: What ``snapshot`` returned, possibly by way of JSON.
            shift_s: Added to its capture times where the clock began anew with the machine:
                capture minus wall time now, less capture minus wall time then.

        Returns:
            False when the checkpoint was made with other settings; nothing is restored then.

        Raises:
            StorageError: The checkpoint is damaged; nothing is restored.
        """
        try:
            if snapshot["settings"] != repr(self._settings):
                return False
            seats = {
                SeatKey(key): _SeatEpisodes.restore(
                    self._settings, saved, seat=SeatKey(key), shift_s=shift_s
                )
                for key, saved in snapshot["seats"].items()
            }
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            msg = "the checkpoint of the early warnings is damaged; start without it"
            raise StorageError(msg) from error
        self._seats = seats
        return True

    def _is_over(self, seat: "_SeatEpisodes", reading: AffectReading) -> bool:
        return (
            (reading.occupancy is not None and reading.occupancy != seat.episodes.occupancy)
            or reading.at_s < seat.last_s
            or (_is_absent(reading) and reading.at_s - seat.present_s > self._absence_s)
            or reading.at_s - seat.known_s > self._stale_s
        )

    def _follow(self, seat: "_SeatEpisodes", reading: AffectReading) -> tuple[Alert, ...]:
        seat.known_s = reading.at_s
        seat.episodes.append(reading.of(self._settings.track.affects), at_s=reading.at_s)
        second = math.floor(reading.at_s + _SECOND_SLACK_S)
        if second == seat.second:
            return ()
        seat.second = second
        return seat.episodes.evaluate(at_s=reading.at_s, new_id=self._new_id)


@dataclass(slots=True, kw_only=True)
class _SeatEpisodes:
    episodes: OccupancyEpisodes
    last_s: float  # of any reading
    present_s: float  # of the last one with somebody on the seat
    known_s: float  # of the last one that said something
    second: int | None = None  # the last one that was evaluated

    def snapshot(self) -> SeatSnapshot:
        return {
            "last_s": self.last_s,
            "present_s": self.present_s,
            "known_s": self.known_s,
            "second": self.second,
            "episodes": self.episodes.snapshot(),
        }

    @classmethod
    def restore(
        cls, settings: EpisodeSettings, snapshot: SeatSnapshot, *, seat: SeatKey, shift_s: float
    ) -> Self:
        return cls(
            last_s=snapshot["last_s"] + shift_s,
            present_s=snapshot["present_s"] + shift_s,
            known_s=snapshot["known_s"] + shift_s,
            # A shift by a fraction of a second would blur which second it was.
            second=snapshot["second"] if shift_s == 0 else None,
            episodes=OccupancyEpisodes.restore(
                settings, snapshot["episodes"], seat=seat, shift_s=shift_s
            ),
        )


def _is_known(reading: AffectReading) -> bool:
    # A number that is none would stay in the running sums for ever.
    finite = bool(np.isfinite(reading.probabilities).all())
    return reading.status is ReadingStatus.KNOWN and finite


def _is_absent(reading: AffectReading) -> bool:
    return reading.status is ReadingStatus.ABSENT or reading.occupancy is None
