"""The forms in which a picture could leak, made on purpose: the positive control of the search."""

import base64
import io

import cv2
import numpy as np

from acceptance.canary.pictures import Canary
from appliance.domain.arrays import UInt8Array

FACE = np.s_[60:250, 90:240]
"""Around the head on the left."""

SEAT = np.s_[:, :320]
MEAN, DEVIATION = 127.5, 63.75


def forms_of(canary: Canary) -> dict[str, bytes]:
    """Return a picture in each form, by name."""
    pixels = canary.pixels
    face, seat = pixels[FACE], pixels[SEAT]
    squares = {
        f"{name} {side}": np.asarray(cv2.resize(cut, (side, side), interpolation=how), np.uint8)
        for name, cut in (("face", face), ("seat", seat))
        for side, how in ((224, cv2.INTER_LINEAR), (256, cv2.INTER_AREA))
    }
    small = cv2.resize(pixels[0:48], (64, 48), interpolation=cv2.INTER_AREA)
    normalised = (squares["face 224"].astype(np.float32)[..., ::-1] - MEAN) / DEVIATION
    return {
        "JPEG as sent": canary.jpeg,
        "64 bytes of it": canary.jpeg[len(canary.jpeg) // 2 :][:64],
        "BGR": pixels.tobytes(),
        "one row of BGR": pixels[20].tobytes(),
        "RGB": pixels[..., ::-1].tobytes(),
        "BGRA": cv2.cvtColor(pixels, cv2.COLOR_BGR2BGRA).tobytes(),
        "grey": cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).tobytes(),
        "YUV 4:2:0": cv2.cvtColor(pixels, cv2.COLOR_BGR2YUV_I420).tobytes(),
        "mirrored": np.ascontiguousarray(pixels[:, ::-1]).tobytes(),
        **{name: square.tobytes() for name, square in squares.items()},
        "strip 64": small.tobytes(),
        "float32 planes": np.ascontiguousarray(normalised.transpose(2, 0, 1)).tobytes(),
        "float32 pixels": normalised.tobytes(),
        "float16 planes": normalised.transpose(2, 0, 1).astype(np.float16).tobytes(),
        "one byte late": b"\0" + np.ascontiguousarray(normalised.transpose(2, 0, 1)).tobytes(),
        "PNG of a face": _encode(".png", squares["face 224"]),
        "JPEG of a face": _encode(".jpg", squares["face 256"]),
        "base64 of JPEG": base64.b64encode(canary.jpeg),
        "base64 of PNG": base64.urlsafe_b64encode(_encode(".png", squares["seat 256"])),
        "NumPy file": _saved(squares["seat 224"]),
    }


def _encode(suffix: str, picture: UInt8Array) -> bytes:
    return cv2.imencode(suffix, picture)[1].tobytes()


def _saved(array: UInt8Array) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, frame=array)
    return file.getvalue()
