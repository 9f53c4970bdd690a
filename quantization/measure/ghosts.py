"""How long the pose pipeline sees somebody where nobody is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.cameras.clip import play_clip
from appliance.errors import CameraError
from appliance.inference.library import ModelLibrary
from appliance.perception.blazepose.tracker import PoseTracker
from quantization.measure.box import LandmarkForm, load_tracker

EMPTY_BY_EYE: dict[str, str] = {
    "no_face": "0-94",
    "face_noface": "72-168",
    "noface_face": "0-95",
    "one_by_one": "0-59,202-226,451-501,702-743,871-920,1202-1233,1362-1393",
}
"""Clips by name and their frames without a person, looked at one by one where somebody comes or
goes. Cartoon titles are nobody. A foot at the edge is somebody; a shadow on the floor is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Whether there was a pose at one moment."""

    index: int
    """Frame of the clip."""

    at_s: float
    """Capture time, seconds."""

    until_s: float
    """Capture time of the next look: as long does the box believe this one."""

    found: bool
    """There was a pose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ghosts:
    """What the pose pipeline saw in the empty frames of one clip."""

    frames: int
    """Frames without a person that were looked at."""

    seconds: float
    """What they last, together."""

    ghost_frames: int
    """Of them, those with a pose."""

    longest_ghost_s: float
    """Longest run of poses where nobody is, seconds."""

    longest_from: int | None
    """Frame it begins with; None without a ghost."""


def parse_ranges(text: str) -> tuple[range, ...]:
    """Read frames such as ``0-59,202-226``; both ends belong to a range.

    Raises:
        ValueError: It is not a list of ranges, or a range is backwards.
    """
    ranges = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not (first.strip().isdecimal() and (last.strip().isdecimal() or not dash)):
            msg = f"{part!r} is not a range of frames such as 202-226"
            raise ValueError(msg)
        frames = range(int(first), int(last or first) + 1)
        if not frames:
            msg = f"{part!r} ends before it begins"
            raise ValueError(msg)
        ranges.append(frames)
    return tuple(ranges)


def hunt_ghosts(
    form: LandmarkForm, *, clip: Path, empty: Sequence[range], every: int, library: ModelLibrary
) -> Ghosts:
    """Play a clip as a live feed, at its own times and with the box's own search intervals.

    Args:
        form: Of the landmark model.
        clip: Video file.
        empty: Frames of the clip without a person.
        every: Looks at every n-th frame only, as the box does when it is too slow.
        library: The box's models.

    Raises:
        CameraError: The clip cannot be read or ends before the frames do.
        ModelLoadError: A model cannot be loaded.
    """
    tracker = load_tracker(library, form)
    sightings = _play(tracker, clip, every=every, last=max(frames[-1] for frames in empty))
    looked = [[s for s in sightings if s.index in frames] for frames in empty]
    longest_s, longest_from = max(
        (longest_ghost(part) for part in looked), key=lambda ghost: ghost[0]
    )
    return Ghosts(
        frames=sum(len(part) for part in looked),
        seconds=sum(s.until_s - s.at_s for part in looked for s in part),
        ghost_frames=sum(s.found for part in looked for s in part),
        longest_ghost_s=longest_s,
        longest_from=longest_from,
    )


def longest_ghost(sightings: Sequence[Sighting]) -> tuple[float, int | None]:
    """Return seconds and first frame of the longest run of poses; 0 and None without any.

    Args:
        sightings: Successive looks at an empty place. A track that is left over from before
            begins with the first of them.
    """
    longest_s, longest_from = 0.0, None
    first: Sighting | None = None
    for sighting in sightings:
        if not sighting.found:
            first = None
            continue
        first = first or sighting
        if sighting.until_s - first.at_s > longest_s:
            longest_s, longest_from = sighting.until_s - first.at_s, first.index
    return longest_s, longest_from


def _play(tracker: PoseTracker, clip: Path, *, every: int, last: int) -> list[Sighting]:
    """Track from the first frame to the last one asked for."""
    looks: list[tuple[int, float, bool]] = []
    end_s, index = 0.0, -1
    for frame in play_clip(clip):
        index, at_s = frame.index, frame.captured_at_s
        step_s, end_s = at_s - end_s, at_s
        if index % every == 0:
            looks.append((index, at_s, tracker.track(frame.pixels, at_s) is not None))
        if index >= last:
            break
    if index < last:
        msg = f"{clip}: ends with frame {index}, before the last empty one, {last}"
        raise CameraError(msg)
    times_s = [at_s for _, at_s, _ in looks[1:]] + [looks[-1][1] + every * step_s]
    return [
        Sighting(index=index, at_s=at_s, until_s=until_s, found=found)
        for (index, at_s, found), until_s in zip(looks, times_s, strict=True)
    ]
