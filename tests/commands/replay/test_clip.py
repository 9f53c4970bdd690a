"""A clip goes through all stages, and nothing but a recording comes out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from appliance.commands.replay.clip import Collector
from appliance.commands.replay.recording import Cover
from appliance.commands.replay.run import ReplayOptions, replay_file
from appliance.deciding import TickResult
from appliance.domain.affect import AffectReading, ReadingStatus
from appliance.domain.alerts import Alert
from appliance.domain.frames import CameraKey, Frame
from appliance.domain.interventions import Intervention
from appliance.domain.seats import OccupancyKey
from appliance.errors import CameraError, InferenceError
from appliance.perception.perceiver import PartialObservation, Perceiver
from tests.support.clips import write_clip
from tests.support.rows import (
    OTHER_STUDENT,
    SEAT,
    make_alert,
    make_intervention,
    make_reading,
    make_tokens,
)
from tests.support.service import write_config

QUIET = Console(quiet=True)


def result(
    reading: AffectReading,
    *,
    alerts: tuple[Alert, ...] = (),
    interventions: tuple[Intervention, ...] = (),
) -> TickResult:
    """Build what one token has led to."""
    return TickResult(
        tokens=make_tokens(at_s=reading.at_s),
        readings=[reading],
        alerts=alerts,
        interventions=interventions,
        refusals=(),
        messages=(),
    )


def collect(*results: TickResult) -> Collector:
    """Take in some tokens of one seat."""
    collector = Collector.of({SEAT: CameraKey("clip")})
    for one in results:
        collector.take(one)
    return collector


def test_readings_become_a_track() -> None:
    """The token that ends with the first frame lies before the clip and is left out."""
    collector = collect(
        result(make_reading(at_s=0.0)),
        result(replace(make_reading(at_s=0.2), status=ReadingStatus.WARMING_UP)),
        result(replace(make_reading(at_s=0.4), status=ReadingStatus.UNKNOWN)),
        result(make_reading(at_s=0.6)),
        result(replace(make_reading(at_s=0.8), status=ReadingStatus.ABSENT)),
    )

    (track,) = collector.tracks()

    assert track.cover.tolist() == [1, 2, 3, 0]
    assert np.isnan(track.probabilities[[0, 1, 3]]).all()
    assert track.probabilities[2].tolist() == [0.125, 0.125, 0.5, 0.25]


def test_somebody_else_is_noticed_once() -> None:
    """An empty seat in between is no change; another student is."""
    seats: list[OccupancyKey | None] = [None, OccupancyKey("one"), None, OccupancyKey("one")]
    readings = [
        replace(make_reading(at_s=0.2 * number), occupancy=occupancy)
        for number, occupancy in enumerate([*seats, OTHER_STUDENT, OTHER_STUDENT], start=1)
    ]

    (track,) = collect(*map(result, readings)).tracks()

    assert track.changes_s == pytest.approx((0.8,))


def test_an_episode_is_told_once() -> None:
    """Its numbers are those of the raising; evaluations in between add nothing."""
    raised = make_alert()
    later = replace(raised, at_s=130.0, opened=False, intensity=0.9)
    cleared = replace(later, at_s=160.0, cleared=True)
    collector = collect(
        *(result(make_reading(), alerts=(alert,)) for alert in (raised, later, cleared))
    )

    (episode,) = collector.episodes.values()

    assert (episode.onset_s, episode.raised_s, episode.cleared_s) == (10.0, 100.0, 160.0)
    assert episode.intensity == 0.75


def test_a_decision_keeps_its_reason() -> None:
    """Rule, time and numbers."""
    collector = collect(result(make_reading(), interventions=(make_intervention(),)))

    (measure,) = collector.measures

    assert (measure.seat, measure.at_s, measure.rule) == (SEAT, 400.0, "1")
    assert measure.reason == "0.85 > 0.8 for 301 s > 300 s"


def test_an_empty_room_is_replayed_without_a_trace(tmp_path: Path) -> None:
    """Real models, nobody there; the folder holds the clip and nothing else afterwards."""
    clip = write_clip(tmp_path / "clip.avi", frames=30, fps=15)

    recording = replay_file(clip, ReplayOptions(), console=QUIET)

    (track,) = recording.tracks
    assert track.cover.tolist() == [Cover.NOTHING] * 9  # the last frame is at 1.93 s
    assert (recording.kind, recording.source) == ("clip", "clip.avi")
    assert "fusion" in recording.models
    assert any("agreed" in note for note in recording.notes)
    assert any("Too short for a warning" in note for note in recording.notes)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.avi"]


def test_a_configuration_names_seats_and_consent(tmp_path: Path) -> None:
    """Only the beginning, on the seats of the camera; who has not agreed is named."""
    clip = write_clip(tmp_path / "clip.avi", frames=30, fps=15)
    config = write_config(tmp_path, cameras={"a": 'source = "x.mp4"'})
    text = config.read_text(encoding="utf-8")
    config.write_text(
        f'{text}[cameras.a.seats.a02]\nterminal = "pc-02"\nregion = [0.5, 0.0, 1.0, 1.0]\n',
        encoding="utf-8",
    )

    recording = replay_file(clip, ReplayOptions(config=config, seconds=1.1), console=QUIET)

    assert [track.seat for track in recording.tracks] == ["a01", "a02"]
    assert len(recording.tracks[0].cover) == 5
    assert any("want of consent in the configuration: a02" in note for note in recording.notes)
    assert not (tmp_path / "state").exists()


def test_a_clip_without_a_token_is_refused(tmp_path: Path) -> None:
    """A single frame says nothing."""
    clip = write_clip(tmp_path / "clip.avi", frames=1, fps=15)

    with pytest.raises(CameraError, match="nothing to look at"):
        replay_file(clip, ReplayOptions(), console=QUIET)


def test_a_frame_that_an_engine_lost_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The box would go on, so replay does; but the picture is not called complete."""
    clip = write_clip(tmp_path / "clip.avi", frames=30, fps=15)
    look = Perceiver.look

    def overrun(
        self: Perceiver, frame: Frame, *, run_pose: bool, run_expression: bool
    ) -> PartialObservation:
        if frame.index == 3:
            msg = "OpenVINO did not end within 5 s"
            raise InferenceError(msg)
        return look(self, frame, run_pose=run_pose, run_expression=run_expression)

    monkeypatch.setattr(Perceiver, "look", overrun)

    recording = replay_file(clip, ReplayOptions(), console=QUIET)

    assert any(note.endswith("not looked at: 1 of one.") for note in recording.notes)
