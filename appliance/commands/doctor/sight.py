"""From the camera to the reading: what a running box saw of one seat between two moments."""

from collections.abc import Callable

from appliance.commands.doctor.links import (
    ChainLink,
    Hop,
    Standing,
    broken,
    share,
    unknown,
    works,
)
from appliance.domain.affect import Doubt, ReadingStatus
from appliance.domain.seats import SeatKey
from appliance.domain.tokens import SeatStatus
from appliance.perception.trust import EYES_MIN_SIDE_PX, MIN_SIDE_PX
from appliance.scheduling.ladder import STEPS
from appliance.service.control.funnel import BoxFunnel, CameraFunnel, SeatFunnel

ENOUGH = 0.2
"""Share of the frames in which something must be found, for it to count as found: people turn away,
and a second later they are back."""

MOST = 0.5
"""Share of the frames from which on two people in a region are no passer-by."""

SETTLED_FRAMES = 100
"""Frames after which a seat on which nobody was ever seen is no longer one that has just begun."""

SETTLED_TOKENS = 300
"""A minute of readings that say nothing is no moment of doubt."""

BLINKS_HZ = 12.0  # docs/DESIGN.md, 2: below it blink duration and velocity are masked

SLOW = 0.8
"""Share of the frames asked for below which a camera counts as slow."""

DROPPED = 0.5
"""Share of the frames that a box may drop within a few seconds; over a minute its status allows a
fifth of them."""

FEW_FRAMES = 20
"""Of so few frames a dropped one says nothing: a seat that nobody may look at has one a second."""

_CLOSED_NEXT = {
    "pause": "sudo classbox resume, or a teacher's resume",
    "switch": "turn the switch at the box",
    "timetable": "wait for the lesson, or change [timetable]",
}


class SeatSight:
    """The first half of one seat's chain."""

    def __init__(self, before: BoxFunnel, now: BoxFunnel, seat: SeatKey, *, fps: float) -> None:
        """Take two looks at the box.

        Args:
            before: The first.
            now: The second, some seconds later.
            seat: Whose chain.
            fps: Frames per second that its camera is asked for.
        """
        self._box = now
        self._seat, self._name = now.seats[seat], seat
        self._was: SeatFunnel = before.seats[seat]
        self._camera: CameraFunnel = now.cameras[self._seat.camera]
        self._frames = self._camera.frames - before.cameras[self._seat.camera].frames
        self._sent, self._looked, self._dropped = (
            new - old
            for new, old in zip(
                _sent_looked_dropped(now, self._seat),
                _sent_looked_dropped(before, self._seat),
                strict=True,
            )
        )
        self._span_s = now.at_s - before.at_s
        self._fps = fps

    def links(self) -> list[ChainLink]:
        """Return the links from the camera to the reading."""
        steps: tuple[tuple[Hop, Callable[[], ChainLink]], ...] = (
            (Hop.CAMERA, self._look_at_camera),
            (Hop.DECODE, self._look_at_picture),
            (Hop.RATE, self._look_at_rate),
            (Hop.PERSON, self._look_for_person),
            (Hop.FACE, self._look_for_face),
            (Hop.LIDS, self._look_for_lids),
            (Hop.CONSENT, self._look_at_consent),
            (Hop.WINDOW, self._look_at_tokens),
            (Hop.READING, self._look_at_readings),
        )
        found: list[ChainLink] = []
        for part, look in steps:
            stop = next((link for link in found if _bars(link, part)), None)
            found.append(look() if stop is None else unknown(part, f"needs {stop.part}"))
        return found

    def _look_at_camera(self) -> ChainLink:
        for closure, why in self._box.closed.items():
            return broken(
                Hop.CAMERA,
                f"closed by {closure}: {why}",
                _CLOSED_NEXT.get(closure, "see the reason"),
            )
        camera, name = self._camera, self._seat.camera
        if camera.state == "live":
            return works(Hop.CAMERA, f"{name}: {camera.frames} frames")
        retried = self._box.health.cameras[name].attempts > 0
        if camera.state == "connecting" and not retried:
            return unknown(Hop.CAMERA, f"{name} is being opened", "wait some seconds")
        if camera.state == "quarantined":
            return broken(Hop.CAMERA, f"{name} {camera.last_error}", "do what it says")
        if camera.state == "ended":
            return broken(
                Hop.CAMERA, f"{name}: the clip is over", "set loop = true, or name a camera"
            )
        return broken(Hop.CAMERA, camera.last_error or f"{name}: {camera.state}", next_for(camera))

    def _look_at_picture(self) -> ChainLink:
        camera = self._camera
        if camera.black:
            return broken(
                Hop.DECODE,
                f"the picture is black (grey level {camera.light or 0:.0f} of 255)",
                "take the cap off the lens, or switch on the light",
            )
        if self._frames == 0:
            return broken(
                Hop.DECODE,
                f"no picture for {self._span_s:.0f} s",
                "the camera has stalled; it is opened anew within seconds",
            )
        return works(Hop.DECODE, f"grey level {camera.light or 0:.0f} of 255")

    def _look_at_rate(self) -> ChainLink:
        health = self._box.health
        if health.degrade_step:
            return broken(
                Hop.RATE,
                f"too slow: {STEPS[health.degrade_step]}: {health.degrade_reason}",
                "sudo classbox tune finds faster engines; else fewer seats, or a lower fps",
            )
        fps = self._sent / self._span_s
        if fps < min(BLINKS_HZ, SLOW * self._fps):
            return broken(
                Hop.RATE,
                f"{fps:.1f} frames/s of {self._fps:g}; blinks need {BLINKS_HZ:g}",
                "in dim light cameras slow down: more light, a fixed exposure, a better network",
            )
        if self._dropped > DROPPED * max(FEW_FRAMES, self._dropped + self._looked):
            return broken(
                Hop.RATE,
                f"{self._dropped} frames dropped and {self._looked} looked at "
                f"in {self._span_s:.0f} s",
                "sudo classbox tune finds faster engines; else fewer seats, or a lower fps",
            )
        return works(Hop.RATE, f"{fps:.1f} frames/s")

    def _look_for_person(self) -> ChainLink:
        now, was = self._seat.found, self._was.found
        looked, person = now.looked - was.looked, now.person - was.person
        if self._seat.paused:
            return unknown(Hop.PERSON, "not looked for: a pause was asked for on this seat")
        if not self._seat.consent:
            return unknown(Hop.PERSON, "not looked for without consent")
        if looked == 0:
            return broken(
                Hop.PERSON,
                f"no frame was looked at in {self._span_s:.0f} s",
                "see sudo journalctl -u classbox: observation_failed",
            )
        fact = share(person, looked, "frames")
        if now.ambiguous - was.ambiguous > MOST * looked:
            return broken(
                Hop.PERSON,
                f"more than one person in the region in "
                f"{share(now.ambiguous - was.ambiguous, looked, 'frames')}",
                "draw the region around one seat only: sudo classbox aim",
            )
        if person >= ENOUGH * looked:
            return works(Hop.PERSON, fact)
        return self._explain_nobody(fact)

    def _explain_nobody(self, fact: str) -> ChainLink:
        """Tell an empty seat from a camera that looks elsewhere."""
        elsewhere = "point the camera at the seat, or move its region there: sudo classbox aim"
        if self._seat.counts.logged_in:
            return broken(
                Hop.PERSON,
                f"{fact}, and somebody is logged in on {self._seat.terminal}",
                elsewhere,
            )
        if self._seat.found.person == 0 and self._seat.found.looked >= SETTLED_FRAMES:
            return broken(
                Hop.PERSON,
                f"nobody in {self._seat.found.looked} frames since the start",
                f"sit down there; if somebody does, {elsewhere}",
            )
        return unknown(Hop.PERSON, fact, "wait until somebody sits there")

    def _look_for_face(self) -> ChainLink:
        now, was = self._seat.found, self._was.found
        looked, face = now.face_looked - was.face_looked, now.face - was.face
        if looked == 0:
            return unknown(Hop.FACE, "not due yet", "ask again")
        fact = share(face, looked, "frames")
        if face >= ENOUGH * looked:
            return works(Hop.FACE, f"{fact}, {now.face_side_px or 0:.0f} px")
        if now.face_side_px is not None and now.face_side_px < MIN_SIDE_PX:
            return broken(
                Hop.FACE,
                f"{now.face_side_px:.0f} px; needs {MIN_SIDE_PX:.0f}, and "
                f"{EYES_MIN_SIDE_PX:.0f} for the lids",
                "bring the camera closer, or choose a higher resolution: sudo classbox aim",
            )
        return broken(
            Hop.FACE,
            f"{fact}: turned away, hidden, blurred or too dark",
            "put the camera in front of the face, at the height of the eyes: sudo classbox aim",
        )

    def _look_for_lids(self) -> ChainLink:
        now, was = self._seat.found, self._was.found
        face, lids = now.face - was.face, now.lids - was.lids
        fact = share(lids, face, "faces")
        if lids >= ENOUGH * face:
            return works(Hop.LIDS, fact)
        if now.face_side_px is not None and now.face_side_px < EYES_MIN_SIDE_PX:
            return broken(
                Hop.LIDS,
                f"{fact}: the face has {now.face_side_px:.0f} px, lids need {EYES_MIN_SIDE_PX:.0f}",
                "bring the camera closer, or choose a higher resolution: sudo classbox aim",
            )
        return broken(
            Hop.LIDS,
            f"{fact}: light from behind, glare or dark glasses, blur, or a head turned away",
            "light the face from the front, and put the camera there: sudo classbox aim",
        )

    def _look_at_consent(self) -> ChainLink:
        if self._seat.paused:
            return broken(
                Hop.CONSENT, "paused", f"ask first; then sudo classbox resume --seat {self._name}"
            )
        if self._seat.consent:
            return works(Hop.CONSENT, "given")
        return broken(
            Hop.CONSENT,
            "not given",
            f"ask who sits there; on a yes: sudo classbox consent grant {self._name}",
        )

    def _look_at_tokens(self) -> ChainLink:
        now, was = self._seat.counts.tokens, self._was.counts.tokens
        present = now[SeatStatus.PRESENT] - was[SeatStatus.PRESENT]
        fact = share(present, sum(now.values()) - sum(was.values()), "tokens")
        if present:
            return works(Hop.WINDOW, fact)
        return broken(
            Hop.WINDOW, fact, "restart the box; if it stays: sudo classbox doctor --bundle"
        )

    def _look_at_readings(self) -> ChainLink:
        now, was = self._seat.counts.readings, self._was.counts.readings
        known = now[ReadingStatus.KNOWN] - was[ReadingStatus.KNOWN]
        fact = share(known, sum(now.values()) - sum(was.values()), "readings known")
        if known:
            return works(Hop.READING, fact)
        if now[ReadingStatus.WARMING_UP] > was[ReadingStatus.WARMING_UP]:
            return unknown(Hop.READING, "warming up", "wait 20 s from when somebody sits down")
        unfamiliar = now[Doubt.UNFAMILIAR]
        fact += f"; unfamiliar {unfamiliar}, unsure {now[Doubt.UNSURE]} since the start"
        if not now[ReadingStatus.KNOWN] and unfamiliar >= SETTLED_TOKENS:
            return broken(
                Hop.READING,
                fact,
                "what the camera shows is unlike what the model knows: sudo classbox aim",
            )
        return unknown(Hop.READING, fact, "wait: nobody is read all of the time")


_NEEDED = frozenset({Hop.CAMERA, Hop.DECODE, Hop.PERSON, Hop.WINDOW})
"""Links without which nothing behind them can be known. Tokens do without a face, as masked ones;
consent does without all of them, and without consent there is no person."""


def _bars(link: ChainLink, part: Hop) -> bool:
    """Tell whether a link is why a later part cannot be looked at."""
    if link.verdict is Standing.WORKS or part is Hop.CONSENT:
        return False
    return link.part in _NEEDED or (link.part, part) == (Hop.FACE, Hop.LIDS)


def next_for(camera: CameraFunnel) -> str:
    """Say what to do about a camera that does not deliver."""
    if "401" in camera.last_error or "password" in camera.last_error:
        return "correct user and password in the camera's source"
    return "look at its power, cable and address; sudo classbox check opens it alone"


def _sent_looked_dropped(box: BoxFunnel, seat: SeatFunnel) -> tuple[float, int, int]:
    """Return a camera's frames, and what became of them for all of its seats together."""
    camera = box.health.cameras[seat.camera]
    seats = sum(one.camera == seat.camera for one in box.seats.values())
    # What the ladder leaves out is counted for every seat, and never handed on.
    sent = camera.frames["sent"] + camera.frames["left-out"] / seats
    dropped = camera.dropped.get("superseded", 0) + camera.dropped.get("stale", 0)
    return sent, camera.frames["looked-at"], dropped
