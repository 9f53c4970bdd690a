"""The room behind two seats, and the light and camera of a clip."""

import cv2
import numpy as np

from appliance.domain.arrays import Float64Array, UInt8Array
from training.simulator.render.scene.stage import Camera, Light

SIZE_WH = (640, 360)

DIVIDER_PX = 8
"""Width of the panel between the two seats; it hides what would reach over."""


def draw_room(rng: np.random.Generator) -> UInt8Array:
    """Paint a computer room out of focus, with a divider in the middle.

    Returns:
        (360, 640, 3) BGR.
    """
    width, height = SIZE_WH
    room = draw_wall(rng)
    # The divider between two places at one bench keeps each person in one half.
    panel = np.array((120.0, 124.0, 128.0)) * rng.uniform(0.7, 1.2)
    left = (width - DIVIDER_PX) // 2
    cv2.rectangle(room, (left, 0), (left + DIVIDER_PX - 1, height), panel.tolist(), -1)
    cv2.line(room, (width // 2, 0), (width // 2, height), (panel * 0.75).tolist(), 2)
    return np.clip(room, 0, 255).astype(np.uint8)


def draw_wall(rng: np.random.Generator) -> Float64Array:
    """Paint what is behind the seats: wall, window or board, shelf.

    Returns:
        (360, 640, 3) BGR, [0, 255].
    """
    width, height = SIZE_WH
    wall = np.array((176.0, 184.0, 190.0)) * rng.uniform(0.92, 1.05, 3) * rng.uniform(0.65, 1.05)
    fall = np.linspace(1.08, 0.88, height)[:, None, None]
    across = np.linspace(rng.uniform(0.88, 1.0), rng.uniform(0.95, 1.1), width)[None, :, None]
    room = np.broadcast_to(wall, (height, width, 3)) * fall * across
    room = np.ascontiguousarray(room)
    for _ in range(int(rng.integers(3, 6))):
        x, y = int(rng.uniform(0, width)), int(rng.uniform(20, 190))
        w, h = int(rng.uniform(40, 150)), int(rng.uniform(30, 120))
        colour = np.array(wall) * rng.uniform(0.45, 1.2) * rng.uniform(0.85, 1.15, 3)
        cv2.rectangle(room, (x, y), (x + w, y + h), colour.tolist(), -1)
        cv2.rectangle(room, (x, y), (x + w, y + h), (np.array(colour) * 0.7).tolist(), 3)
    floor = int(rng.uniform(250, 300))
    room[floor:] *= 0.72
    room = np.asarray(cv2.GaussianBlur(room, (0, 0), 7), dtype=np.float64)
    room += np.asarray(cv2.GaussianBlur(rng.normal(0, 6, room.shape), (0, 0), 2))
    return room


def draw_light(rng: np.random.Generator) -> Light:
    """Draw where the light comes from: a window or lamp on one side, ceiling light, the monitor."""
    side = float(rng.choice((-1.0, 1.0)))
    strength = float(rng.uniform(0.5, 0.75))
    warm = float(rng.uniform(-0.05, 0.05))
    around = float(rng.uniform(0.85, 1.1))
    return Light(
        key_direction=(side * float(rng.uniform(0.35, 0.9)), -1.0, float(rng.uniform(0.6, 1.1))),
        key=(strength * (1 - warm), strength, strength * (1 + warm)),
        sky=(0.58 * around, 0.57 * around, 0.56 * around),
        ground=(0.28 * around, 0.29 * around, 0.31 * around),
        screen=(0.20, 0.18, 0.16),
    )


def draw_camera(rng: np.random.Generator) -> Camera:
    """Draw a webcam on top of the monitor: head and chest fill the half picture."""
    return Camera(
        distance_m=float(rng.uniform(0.7, 0.9)),
        pixels_per_m=float(rng.uniform(520.0, 570.0)),
        eye_line=float(rng.uniform(0.36, 0.40)),
        rise_m=float(rng.uniform(0.0, 0.06)),
    )
