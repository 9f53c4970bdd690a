"""Plays pictures to MediaPipe's Python solution for pose, in an environment of its own.

Started by path with that environment's interpreter, so it imports nothing of this project. Asked
on standard input, answers on standard output, as often as wanted:

* asked: one line of JSON ``{"count", "height", "width"}``, then the pictures, RGB, 8 bit;
* answered: one line of JSON ``{"cpu_s", "frames"}``, then (count, 33, 4) little-endian float32:
  x and y as fractions of the picture, z, visibility; NaN where nobody was found.

``cpu_s`` is the processor time of this whole process, all its threads, while MediaPipe worked on
pictures that had already arrived: neither decoding nor the pipe is in it.
"""

import json
import os
import sys
import time
from importlib import import_module
from typing import Any, BinaryIO

import numpy as np

LANDMARKS = 33


def main() -> None:
    """Answer until the input ends; the argument is MediaPipe's ``model_complexity``."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the library prints must not mix with the answers
    mediapipe = import_module("mediapipe")
    with mediapipe.solutions.pose.Pose(model_complexity=int(sys.argv[1])) as pose:
        while line := sys.stdin.buffer.readline():
            asked = json.loads(line)
            shape = (asked["count"], asked["height"], asked["width"], 3)
            pictures = np.frombuffer(_read(sys.stdin.buffer, int(np.prod(shape))), dtype=np.uint8)
            started_s = time.process_time()
            results = [pose.process(picture) for picture in pictures.reshape(shape)]
            spent_s = time.process_time() - started_s
            answer = {"cpu_s": spent_s, "frames": len(results)}
            answers.write(json.dumps(answer).encode() + b"\n")
            answers.write(np.stack([_points(result) for result in results]).tobytes())
            answers.flush()


def _points(result: Any) -> Any:  # noqa: ANN401 - MediaPipe has no types
    found = result.pose_landmarks
    if found is None:
        return np.full((LANDMARKS, 4), np.nan, dtype="<f4")
    return np.array([(p.x, p.y, p.z, p.visibility) for p in found.landmark], dtype="<f4")


def _read(stream: BinaryIO, count: int) -> bytearray:
    received = bytearray(count)
    view = memoryview(received)
    while view:
        got = stream.readinto(view)  # type: ignore[attr-defined]  # BufferedReader has it
        if not got:
            raise SystemExit
        view = view[got:]
    return received


if __name__ == "__main__":
    main()
