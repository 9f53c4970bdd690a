"""From camera to reading: what works, what is broken, and what cannot be known yet."""

from collections import Counter
from dataclasses import replace

import pytest

from appliance.commands.doctor.links import ChainLink, Hop, Standing
from appliance.commands.doctor.sight import SeatSight
from appliance.domain.affect import AFFECTS, Affect, Doubt, ReadingStatus
from appliance.domain.tokens import SeatStatus
from appliance.service.control.funnel import BoxFunnel
from tests.support.funnels import (
    FRAMES,
    SEAT,
    TOKENS,
    box,
    finds,
    tally,
    with_camera,
    with_seat,
)


def look(now: BoxFunnel, *, before: BoxFunnel | None = None, fps: float = 15.0) -> list[ChainLink]:
    """Return the links of the seat between two looks."""
    return SeatSight(box(1) if before is None else before, now, SEAT, fps=fps).links()


def standing(links: list[ChainLink]) -> dict[Hop, Standing]:
    """Every link without its words."""
    return {link.part: link.verdict for link in links}


def link(links: list[ChainLink], part: Hop) -> ChainLink:
    """Return one link."""
    return next(one for one in links if one.part is part)


def test_a_student_before_the_camera_is_seen_and_read() -> None:
    """With the numbers of the look, not of all time."""
    links = look(box(2))

    assert set(standing(links).values()) == {Standing.WORKS}
    assert link(links, Hop.PERSON).fact == f"{FRAMES} of {FRAMES} frames"
    assert link(links, Hop.WINDOW).fact == f"{TOKENS} of {TOKENS} tokens"
    assert link(links, Hop.RATE).fact == "15.0 frames/s"


def test_without_consent_nothing_but_the_consent_is_missing() -> None:
    """What may not be looked at is not broken."""
    unseen = with_seat(box(2), consent=False, found=finds(1), counts=tally(1))
    links = look(unseen)

    assert {part for part, verdict in standing(links).items() if verdict is Standing.BROKEN} == {
        Hop.CONSENT
    }
    assert {part for part, verdict in standing(links).items() if verdict is Standing.OPEN} == {
        Hop.PERSON, Hop.FACE, Hop.LIDS, Hop.WINDOW, Hop.READING,
    }  # fmt: skip
    assert "sudo classbox consent grant a01" in link(links, Hop.CONSENT).next_step


@pytest.mark.parametrize("consent", [True, False])
def test_of_a_paused_seat_the_pause_is_what_is_said(consent: bool) -> None:
    """Nobody is sent to give a consent that would change nothing."""
    links = look(with_seat(box(2), consent=consent, paused=True, found=finds(1), counts=tally(1)))

    assert link(links, Hop.PERSON).fact == "not looked for: a pause was asked for on this seat"
    assert (link(links, Hop.CONSENT).verdict, link(links, Hop.CONSENT).fact) == (
        Standing.BROKEN,
        "paused",
    )


@pytest.mark.parametrize("closure", ["pause", "switch", "timetable"])
def test_closed_cameras_say_who_closed_them(closure: str) -> None:
    """And how to open them."""
    closed = with_camera(replace(box(2), closed={closure: "opens 08:00"}), state="paused")
    links = look(closed)

    assert link(links, Hop.CAMERA).fact == f"closed by {closure}: opens 08:00"
    assert link(links, Hop.CAMERA).next_step
    assert standing(links)[Hop.PERSON] is Standing.OPEN


@pytest.mark.parametrize(
    ("earlier", "logged_in", "expected"),
    [
        pytest.param(finds(1), False, Standing.OPEN, id="left-the-seat"),
        pytest.param(finds(1), True, Standing.BROKEN, id="logged-in"),
        pytest.param(replace(finds(0), looked=99 - FRAMES), False, Standing.OPEN, id="just-begun"),
        pytest.param(replace(finds(0), looked=100 - FRAMES), False, Standing.BROKEN, id="never"),
    ],
)
def test_an_empty_seat_is_told_from_a_camera_that_looks_elsewhere(
    earlier: object, logged_in: bool, expected: Standing
) -> None:
    """Somebody logged in, or nobody ever seen, is no empty seat."""
    before = with_seat(box(1), found=earlier)
    found = before.seats[SEAT].found
    empty = replace(found, looked=found.looked + FRAMES)
    counts = replace(tally(2), logged_in=logged_in)

    links = look(with_seat(box(2), found=empty, counts=counts), before=before)

    assert standing(links)[Hop.PERSON] is expected
    assert standing(links)[Hop.FACE] is Standing.OPEN


@pytest.mark.parametrize(
    ("side_px", "face", "lids", "broken", "words"),
    [
        pytest.param(32.9, 0, 0, Hop.FACE, "33 px; needs 33", id="too-small"),
        pytest.param(33.0, 0, 0, Hop.FACE, "turned away", id="hidden"),
        pytest.param(47.9, FRAMES, 0, Hop.LIDS, "lids need 48", id="too-small-for-lids"),
        pytest.param(48.0, FRAMES, 0, Hop.LIDS, "glare", id="dark-glasses"),
        pytest.param(48.0, 14, 14, Hop.FACE, "14 of 75", id="a-face-now-and-then"),
    ],
)
def test_a_face_that_cannot_be_read_says_why(
    side_px: float, face: int, lids: int, broken: Hop, words: str
) -> None:
    """Size first, because it is what a better place of the camera changes."""
    one = finds(1)
    found = replace(finds(2), face=one.face + face, lids=one.lids + lids, face_side_px=side_px)
    links = look(with_seat(box(2), found=found))

    first = next(link for link in links if link.verdict is Standing.BROKEN)
    assert first.part is broken
    assert words in first.fact
    assert standing(links)[Hop.WINDOW] is Standing.WORKS  # a masked token is one


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param({ReadingStatus.WARMING_UP: 25}, Standing.OPEN, id="warming-up"),
        pytest.param({Doubt.UNSURE: 25}, Standing.OPEN, id="a-moment-of-doubt"),
        pytest.param({Doubt.UNFAMILIAR: 299}, Standing.OPEN, id="unfamiliar-for-a-while"),
        pytest.param({Doubt.UNFAMILIAR: 300}, Standing.BROKEN, id="unfamiliar-for-a-minute"),
        pytest.param({ReadingStatus.KNOWN: 1, Doubt.UNSURE: 24}, Standing.WORKS, id="one-is-known"),
    ],
)
def test_a_reading_that_says_nothing_is_broken_only_when_it_lasts(
    now: dict[str, int], expected: Standing
) -> None:
    """And the words name no state of anybody."""
    before = with_seat(box(1), counts=replace(tally(1), readings=Counter()))
    counts = replace(tally(2), readings=Counter({str(key): value for key, value in now.items()}))

    links = look(with_seat(box(2), counts=counts), before=before)

    assert standing(links)[Hop.READING] is expected
    words = " ".join(f"{one.fact} {one.next_step}" for one in links)
    assert not [affect for affect in (*AFFECTS, Affect.BORED) if affect.value in words]


def test_a_camera_that_is_tried_again_is_no_camera_that_begins() -> None:
    """Both are being opened; only one of them has failed."""
    opening = with_camera(box(2), state="connecting", last_error="front: no answer")
    assert standing(look(opening))[Hop.CAMERA] is Standing.OPEN

    front = replace(opening.health.cameras["front"], attempts=1)
    tried = replace(opening, health=replace(opening.health, cameras={"front": front}))

    assert standing(look(tried))[Hop.CAMERA] is Standing.BROKEN
    assert link(look(tried), Hop.CAMERA).fact == "front: no answer"


def test_tokens_of_nobody_are_no_window() -> None:
    """A person in the frames and none in the tokens is a fault of the box."""
    counts = replace(tally(2), tokens=Counter({SeatStatus.PRESENT: TOKENS, SeatStatus.ABSENT: 25}))
    links = look(with_seat(box(2), counts=counts))

    assert standing(links)[Hop.WINDOW] is Standing.BROKEN
    assert standing(links)[Hop.READING] is Standing.OPEN
