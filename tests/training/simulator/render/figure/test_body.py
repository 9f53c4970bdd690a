"""The whole body, where anny is installed."""

import numpy as np
import pytest

pytest.importorskip("anny", reason="the render needs the training extra")

from training.simulator.render.figure.anatomy import Anatomy, load_anatomy
from training.simulator.render.figure.body import Body, apply_actions, build_body
from training.simulator.render.figure.identity import Namespace, draw_identity
from training.simulator.render.figure.skeleton import Pose
from training.simulator.render.plays.expression import face_actions
from training.simulator.render.scene.stage import Camera, Light, draw_person, enlarge

CAMERA = Camera(distance_m=0.8, pixels_per_m=540.0, eye_line=0.38, rise_m=0.03)
LIGHT = Light(
    key_direction=(0.5, -1.0, 0.8),
    key=(0.6, 0.6, 0.6),
    sky=(0.6, 0.6, 0.6),
    ground=(0.3, 0.3, 0.3),
    screen=(0.2, 0.2, 0.2),
)


@pytest.fixture(scope="module")
def anatomy() -> Anatomy:
    """The body that all people share."""
    return load_anatomy()


@pytest.fixture(scope="module")
def body(anatomy: Anatomy) -> Body:
    """One person."""
    return build_body(anatomy, draw_identity(Namespace.TRAIN, seed=0, person=0))


def picture(body: Body, **cues: float) -> np.ndarray:
    """Draw the person before a green room."""
    room = np.zeros((360, 320, 3), dtype=np.uint8)
    room[..., 1] = 255
    return draw_person(
        enlarge(room), body, pose=Pose(), actions=face_actions(**cues), camera=CAMERA, light=LIGHT
    )


def test_the_person_fills_the_lower_middle(body: Body) -> None:
    """Head and chest in front of the room, empty corners above."""
    person = (np.abs(picture(body) - (0, 255, 0)).sum(2) > 30).astype(float)

    assert person[:, 120:200].mean() > 0.6
    assert person[:40, :60].max() == 0
    assert person[330:, 100:220].min() == 1


@pytest.mark.parametrize(
    "cues",
    [
        {"blink_left": 1.0, "blink_right": 1.0},
        {"jaw_open": 1.0},
        {"brow_down": 1.0},
        {"brow_inner_up": 1.0},
        {"smile": 1.0},
        {"frown": 1.0},
        {"mouth_press": 1.0},
        {"squint": 1.0},
        {"look_down": 1.0},
    ],
    ids=lambda cues: next(iter(cues)),
)
def test_every_cue_changes_the_face_and_nothing_else(body: Body, cues: dict[str, float]) -> None:
    """Pixels change in the face; shirt and room stay."""
    change = np.abs(picture(body, **cues) - picture(body)).sum(2)

    assert change[80:230].max() > 40
    assert change[260:].max() == 0


def test_a_left_blink_is_on_the_right_of_the_picture(body: Body) -> None:
    """Left is the person's own; the camera does not mirror."""
    change = np.abs(picture(body, blink_left=1.0) - picture(body)).sum(2)

    assert change[:, 160:].sum() > 20 * change[:, :160].sum()


def test_actions_at_zero_are_the_rest_face(body: Body) -> None:
    """No face action, no displacement."""
    zeros = np.zeros(len(body.action_deltas), dtype=np.float32)

    assert (apply_actions(body, zeros) == body.points).all()
