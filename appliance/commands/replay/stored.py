"""A recording out of a box's databases."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from appliance.commands.replay.recording import Cover, Recording, SeatTrack, empty_probabilities
from appliance.domain.affect import AFFECTS, VIGILANCES, ReadingStatus
from appliance.domain.seats import SeatKey
from appliance.domain.tokens import TOKEN_HZ, TOKEN_S
from appliance.errors import StorageError
from appliance.storage.tables.history import StoredReading, read_history

LONGEST_S = 24 * 3600.0
"""A recording longer than a day means cameras whose clocks have nothing to do with each other."""

_COVER_OF_STATUS = {
    None: Cover.UNKNOWN,
    ReadingStatus.KNOWN: Cover.KNOWN,
    ReadingStatus.UNKNOWN: Cover.UNKNOWN,
    ReadingStatus.WARMING_UP: Cover.WARMING_UP,
    ReadingStatus.ABSENT: Cover.NOTHING,
}

_STATES_OF_WIDTH = {
    len(states): tuple(state.value for state in states) for states in (AFFECTS, VIGILANCES)
}
"""A box that is ``fatigue-only`` has stored two probabilities and no others."""


def read_recording(features: Path, *, seat: SeatKey | None = None, back: int = 0) -> Recording:
    """Read one recording of a ``features.db`` and what was decided during it.

    Args:
        features: The database, under any name.
        seat: Only this seat.
        back: 0 is the newest recording, 1 the one before it.

    Raises:
        StorageError: The file cannot be used, or holds nothing that can be drawn.
    """
    history = read_history(features, seat=seat, back=back)
    start_s = min(one.at_s for one in history.readings) - TOKEN_S
    duration_s = max(one.at_s for one in history.readings) - start_s
    if duration_s > LONGEST_S:
        msg = f"{features}: the seats' cameras have clocks of their own; draw one with --seat"
        raise StorageError(msg)
    width = max((len(one.probabilities) for one in history.readings), default=0)
    if width not in (0, *_STATES_OF_WIDTH):
        msg = f"{features}: readings of {width} states are unknown to this classbox"
        raise StorageError(msg)
    states = _STATES_OF_WIDTH.get(width, ())
    tokens = round(duration_s * TOKEN_HZ)
    tracks = tuple(
        _track(
            [one for one in history.readings if one.seat == key],
            start_s=start_s,
            tokens=tokens,
            states=len(states),
        )
        for key in sorted({one.seat for one in history.readings})
    )
    notes = ["Seats are drawn only while somebody was in sight: nothing else is stored."]
    if not history.decisions_found:
        notes.append("There is no privacy.db beside the file, so warnings and actions are missing.")
    started = datetime.fromtimestamp(min(one.wall_s for one in history.readings), tz=UTC)
    return Recording(
        source=features.name,
        kind="database",
        started=started.isoformat(timespec="seconds"),
        duration_s=tokens * TOKEN_S,
        states=states,
        models={},
        theta=None,
        tracks=tracks,
        episodes=tuple(
            replace(
                one,
                onset_s=one.onset_s - start_s,
                raised_s=one.raised_s - start_s,
                cleared_s=None if one.cleared_s is None else one.cleared_s - start_s,
            )
            for one in history.episodes
        ),
        measures=tuple(replace(one, at_s=one.at_s - start_s) for one in history.measures),
        notes=tuple(notes),
    )


def _track(readings: list[StoredReading], *, start_s: float, tokens: int, states: int) -> SeatTrack:
    cover = np.full(tokens, Cover.NOTHING, dtype=np.uint8)
    probabilities = empty_probabilities(tokens, states)
    changes_s: list[float] = []
    occupancy = readings[0].occupancy
    for one in readings:
        index = round((one.at_s - start_s) * TOKEN_HZ) - 1
        status = one.status if len(one.probabilities) == states else None
        cover[index] = _COVER_OF_STATUS[status]
        if cover[index] == Cover.KNOWN:
            probabilities[index] = one.probabilities
        if one.occupancy != occupancy:
            occupancy = one.occupancy
            changes_s.append(index * TOKEN_S)
    return SeatTrack(
        seat=readings[0].seat,
        cover=cover,
        probabilities=probabilities,
        changes_s=tuple(changes_s),
    )
