"""Camera, light and room of a clip, and a posed body drawn into its half of the picture."""

from dataclasses import dataclass

import cv2
import numpy as np

from appliance.domain.arrays import FloatArray, UInt8Array
from training.simulator.render.figure.body import Body, apply_actions
from training.simulator.render.figure.raster import draw_triangles, shade, vertex_normals
from training.simulator.render.figure.skeleton import Pose, skin

SAMPLES = 2  # per pixel and axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A pinhole in front of one seat."""

    distance_m: float
    """From the eyes of a person who sits upright."""

    pixels_per_m: float
    """Scale of the picture at that distance."""

    eye_line: float
    """Height of upright eyes in the picture, 0 top to 1 bottom."""

    rise_m: float
    """Height of the camera over those eyes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """Where the light comes from; all colours BGR, 1 = white at full brightness."""

    key_direction: tuple[float, float, float]
    """Towards the lamp or window; x to the person's left, y backwards, z up."""

    key: tuple[float, float, float]
    """Colour of the lamp."""

    sky: tuple[float, float, float]
    """Surrounding light from above."""

    ground: tuple[float, float, float]
    """Surrounding light from below."""

    screen: tuple[float, float, float]
    """Light of the monitor, from the front."""


def enlarge(room: UInt8Array) -> FloatArray:
    """Return the empty room (H, W, 3) at the resolution of the samples, to draw people over."""
    height, width = room.shape[:2]
    size_wh = (width * SAMPLES, height * SAMPLES)
    return np.asarray(cv2.resize(room, size_wh, interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def draw_person(
    room: FloatArray,
    body: Body,
    *,
    pose: Pose,
    actions: FloatArray,
    camera: Camera,
    light: Light,
) -> FloatArray:
    """Draw one person before the empty room.

    Args:
        room: (2 H, 2 W, 3) BGR from ``enlarge``; not changed.
        body: Who.
        pose: Posture.
        actions: (A,) face actions in [0, 1].
        camera: Camera of this half.
        light: Light of the room.

    Returns:
        (H, W, 3) BGR picture in [0, 255], float.
    """
    large = room.copy()
    points = skin(apply_actions(body, actions), body.weights, body.skeleton.transforms(pose))
    depth = np.full(large.shape[:2], np.inf, dtype=np.float32)
    draw_body(large, depth, body, points=points, camera=camera, light=light)
    return shrink(large)


def shrink(large: FloatArray) -> FloatArray:
    """Return the picture (H, W, 3) of (2 H, 2 W, 3) samples."""
    size_wh = (large.shape[1] // SAMPLES, large.shape[0] // SAMPLES)
    return np.asarray(cv2.resize(large, size_wh, interpolation=cv2.INTER_AREA))


def draw_body(
    large: FloatArray,
    depth: FloatArray,
    body: Body,
    *,
    points: FloatArray,
    camera: Camera,
    light: Light,
    eye_height_m: float | None = None,
) -> None:
    """Draw one posed person among what is there already.

    Args:
        large: (2 H, 2 W, 3) BGR samples, written.
        depth: (2 H, 2 W) distance of the nearest surface so far, metres, written.
        body: Who.
        points: (V, 3) posed vertices, metres.
        camera: Where the picture is taken from.
        light: Light of the room.
        eye_height_m: Height that lies on the camera's eye line; the person's own if None.
    """
    eyes_m = body.eye_height_m if eye_height_m is None else eye_height_m
    height, width = large.shape[0] // SAMPLES, large.shape[1] // SAMPLES
    normals = vertex_normals(points, body.triangles)
    viewer = (0.0, -camera.distance_m, eyes_m + camera.rise_m)
    colours = (light.key, light.sky, light.ground, light.screen)
    lit, gloss = shade(
        points,
        normals,
        np.array(viewer, dtype=np.float32),
        body.two_sided,
        body.shine,
        body.openness,
        _unit(light.key_direction),
        *(np.array(colour, dtype=np.float32) for colour in colours),
    )
    screen = project(points, camera=camera, eye_height_m=eyes_m, size_wh=(width, height))
    screen[:, :2] *= SAMPLES
    draw_triangles(
        screen,
        body.triangles,
        body.texels,
        body.texel_triangles,
        lit,
        gloss,
        body.culled,
        body.atlas,
        large,
        depth,
    )


def project(
    points: FloatArray, *, camera: Camera, eye_height_m: float, size_wh: tuple[int, int]
) -> FloatArray:
    """Return (V, 3) pixel x, pixel y and distance of (V, 3) points, metres."""
    width, height = size_wh
    focal = camera.pixels_per_m * camera.distance_m
    depth = points[:, 1] + camera.distance_m
    # A lens shifted down keeps upright eyes on the eye line without tilting the picture.
    centre_y = camera.eye_line * height - focal * camera.rise_m / camera.distance_m
    x = width / 2 + focal * points[:, 0] / depth
    y = centre_y - focal * (points[:, 2] - eye_height_m - camera.rise_m) / depth
    return np.stack([x, y, depth], axis=1).astype(np.float32)


def _unit(direction: tuple[float, float, float]) -> FloatArray:
    vector = np.array(direction, dtype=np.float32)
    unit: FloatArray = vector / np.linalg.norm(vector)
    return unit
