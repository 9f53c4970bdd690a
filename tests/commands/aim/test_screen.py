"""The view fits into 80 columns, draws everybody inside their seats, and says what to do."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console, RenderableType

from appliance.commands.aim.advice import Mark, picture_advice, seat_advice
from appliance.commands.aim.canvas import Canvas
from appliance.commands.aim.screen import PROMISE, show_frame, show_regions, show_waiting
from appliance.domain.frames import CameraKey
from appliance.mqtt.contract.aim import AimFrame, AimPersonData
from appliance.perception.aiming.view import PersonFault, PictureFault
from appliance.service.control.aiming.message import aim_message
from tests.support.aims import HALVES, view_of


def frame_of(*seats: str | None) -> AimFrame:
    """Return what is told of people side by side."""
    return aim_message(
        view_of(*seats),
        camera=CameraKey("front"),
        regions=HALVES,
        fps=14.96,
        wanted_fps=15.0,
        remaining_s=245.2,
    )


def shown(renderable: RenderableType, *, height: int = 24, width: int = 80) -> list[str]:
    """Return the lines on a terminal of this size."""
    console = console_of(height, width)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get().splitlines()


def console_of(height: int = 24, width: int = 80) -> Console:
    """Return a terminal without colours."""
    return Console(file=StringIO(), width=width, height=height, color_system=None)


@pytest.mark.parametrize("height", [24, 30, 50])
@pytest.mark.parametrize("seats", [(), ("left",), ("left", "right"), ("left", None, "right")])
def test_everything_fits(height: int, seats: tuple[str | None, ...]) -> None:
    """On the smallest terminal there is, with a line for whoever watches."""
    frame = frame_of(*seats)
    lines = shown(show_frame(frame, console_of(height), note="Ctrl-C: propose"), height=height)
    assert len(lines) <= height
    assert max(len(line.rstrip()) for line in lines) <= 80
    assert any(PROMISE in line for line in lines)


def test_a_good_view_needs_nothing() -> None:
    """One line for the picture, one per seat, everything ticked."""
    text = "\n".join(shown(show_frame(frame_of("left", "right"), console_of())))
    assert "1280 x 720 · 15.0 of 15 frames/s ✓ · light 40% ✓ · sharpness 5.00" in text
    assert text.count("60 px") == 2
    assert Mark.BAD not in text
    assert Mark.POOR not in text


def test_pictures_and_faces_are_sharp_on_one_scale() -> None:
    """1.00 is what is needed of either, so that two numbers of a screen can be compared."""
    frame = frame_of("left")
    [person] = frame.people
    assert person.face is not None
    face = replace(person.face, sharpness=frame.limits.face_sharpness)
    frame = replace(frame, sharpness=frame.limits.sharpness, people=(replace(person, face=face),))

    text = "\n".join(shown(show_frame(frame, console_of())))

    assert text.count("1.00\N{MULTIPLICATION SIGN}") == 2


def test_seats_and_people_are_drawn() -> None:
    """Two regions with their names, and dots in both."""
    picture = shown(show_frame(frame_of("left", "right"), console_of(40)), height=40)
    top = next(line for line in picture if "left" in line)
    assert "right" in top
    dots = [{place for place, sign in enumerate(line) if "⠀" < sign <= "⣿"} for line in picture]
    middle = top.index("┐")
    assert any(place < middle for row in dots for place in row)
    assert any(place > middle for row in dots for place in row)


@pytest.mark.parametrize("fault", PersonFault)
def test_every_fault_of_a_person_has_a_next_step(fault: PersonFault) -> None:
    """Short enough for two lines of the table."""
    frame = frame_of("left", "right")
    person = replace(frame.people[0], faults=(fault.value,))
    frame = replace(frame, people=(person, frame.people[1]))
    _, _, advice = next(seat_advice(frame))
    assert advice.mark is not Mark.GOOD
    assert 20 < len(advice.text) <= 92


@pytest.mark.parametrize("fault", PictureFault)
def test_every_fault_of_a_picture_has_a_next_step(fault: PictureFault) -> None:
    """In numbers and words."""
    (advice,) = picture_advice(replace(frame_of("left"), faults=(fault.value,)))
    assert advice.mark is not Mark.GOOD
    assert len(advice.text) > 20


def test_what_keeps_a_face_from_being_read_is_told_first() -> None:
    """Lids are of no use without a face."""
    frame = frame_of("left", "right")
    faults = (PersonFault.BLURRED.value, PersonFault.FLAT.value)
    frame = replace(frame, people=(replace(frame.people[0], faults=faults), frame.people[1]))
    _, _, advice = next(seat_advice(frame))
    assert advice.mark is Mark.BAD
    assert "flat" in advice.text


def test_a_word_of_a_newer_box_is_left_out() -> None:
    """An old command still shows the rest."""
    frame = frame_of("left", "right")
    newer = replace(
        frame, faults=("upside-down",), people=(replace(frame.people[0], faults=("asleep",)),)
    )
    assert picture_advice(newer) == []
    assert next(seat_advice(newer))[2].mark is Mark.GOOD


def test_an_empty_seat_and_a_crowded_one_are_told() -> None:
    """And everybody without a seat has a line."""
    frame = frame_of("left", None)
    crowded = replace(frame.seats["left"], people=2)
    rows = list(seat_advice(replace(frame, seats={**frame.seats, "left": crowded})))
    assert [(seat, advice.mark) for seat, _, advice in rows] == [
        ("left", Mark.BAD), ("right", Mark.BAD), ("", Mark.GOOD),
    ]  # fmt: skip
    assert "2 people" in rows[0][2].text
    assert "nobody" in rows[1][2].text


def test_proposed_regions_are_shown_as_they_are_written() -> None:
    """A line that could be copied."""
    lines = shown(
        show_regions(frame_of("left"), {"left": [0.0, 0.125, 0.5, 1.0]}, console_of()), height=24
    )
    assert any("left  region = [0, 0.125, 0.5, 1]" in line for line in lines)


def test_waiting_says_what_for() -> None:
    """Why no picture comes."""
    text = "\n".join(shown(show_waiting("front", "camera front is lost: no answer")))
    assert "no picture yet: camera front is lost: no answer" in text


def test_a_figure_beyond_the_edge_is_cut_off() -> None:
    """Hips below the picture, for example."""
    canvas = Canvas(columns=10, rows=5)
    canvas.draw_line((0.5, 0.5), (0.5, 3.0), style="red")
    canvas.draw_line((-2.0, -1.0), (-1.0, 0.5), style="red")
    lines = canvas.render().plain.splitlines()
    assert len(lines) == 5
    assert all(len(line) == 10 for line in lines)
    assert [line.strip() != "" for line in lines] == [False, False, True, True, True]


def test_a_person_without_a_face_has_no_numbers() -> None:
    """Dots where they would stand."""
    person = AimPersonData(
        box=(0.0, 0.0, 0.5, 1.0), figure={}, seat="left", faults=(PersonFault.NO_FACE.value,)
    )
    frame = replace(frame_of("left", "right"), people=(person,))
    lines = shown(show_frame(frame, console_of(30)), height=30)
    row = next(line for line in lines if line.startswith("left "))
    assert row.count("·") == 3
    assert "no face" in row
