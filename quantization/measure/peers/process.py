"""MediaPipe 0.10.21 as a peer to measure against: its environment and its process."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from appliance.domain.arrays import Float32Array, UInt8Array
from appliance.errors import MissingProgramError
from quantization.measure.box import Variant
from quantization.measure.peers import worker

MEDIAPIPE = "mediapipe==0.10.21"  # docs/DESIGN.md, 1: the parity reference
NUMPY = "numpy<2"  # what that wheel was built against
NEWEST_PYTHON = (3, 12)  # the last one that 0.10.21 has a wheel for

COMPLEXITY = {Variant.LITE: 0, Variant.FULL: 1}
"""MediaPipe's ``model_complexity``."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PeerResult:
    """What MediaPipe found in some pictures and what it cost."""

    pose: Float32Array = field(repr=False)
    """(N, 33, 4) x and y in pixels, z as a fraction of the width, visibility; NaN for nobody."""

    cpu_s: float
    """Processor time of all threads, seconds."""


def make_environment(folder: Path) -> Path:
    """Return the interpreter of an environment with MediaPipe 0.10.21, made when it is not there.

    Args:
        folder: Where environments are kept.

    Raises:
        MissingProgramError: pip cannot install it, with pip's last line.
    """
    home = folder / "mediapipe-0.10.21"
    python = home / "bin" / "python"
    ready = home / "ready"
    if ready.is_file():
        return python
    if sys.version_info[:2] > NEWEST_PYTHON:
        msg = f"{MEDIAPIPE} needs Python 3.9 to 3.12, this is {sys.version.split()[0]}"
        raise MissingProgramError(msg)
    shutil.rmtree(home, ignore_errors=True)  # what an interrupted run has left
    _run([sys.executable, "-m", "venv", str(home)])
    _run([str(python), "-m", "pip", "install", "--quiet", MEDIAPIPE, NUMPY])
    ready.touch()
    return python


def add_lite_model(python: Path, model: Path) -> None:
    """Put the lite landmark model where MediaPipe would download it to.

    Args:
        python: Interpreter from ``make_environment``.
        model: ``pose_landmark_lite.tflite``.
    """
    (folder,) = python.parents[1].glob("lib/python*/site-packages/mediapipe/modules/pose_landmark")
    shutil.copyfile(model, folder / "pose_landmark_lite.tflite")


class MediaPipePose:
    """``mp.solutions.pose.Pose`` in a process of its own; its clock advances 1/30 s per picture."""

    def __init__(self, python: Path, *, variant: Variant, core: int | None = None) -> None:
        """Remember what to start.

        Args:
            python: Interpreter from ``make_environment``.
            variant: Its landmark model.
            core: The only processor core it may use; None leaves it all.
        """
        self._command = [str(python), worker.__file__, str(COMPLEXITY[variant])]
        self._core = core

    def __enter__(self) -> Self:
        """Start the process."""
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "GLOG_minloglevel": "2"}
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **threads},
        )
        if self._core is not None:
            # Before the interpreter is up, so that every thread it starts inherits it.
            os.sched_setaffinity(self._process.pid, {self._core})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        if kind is not None:
            self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def play(self, pictures_bgr: list[UInt8Array]) -> PeerResult:
        """Track through the next pictures, all of one size.

        Raises:
            MissingProgramError: The process has died; MediaPipe does not run here.
        """
        height, width = pictures_bgr[0].shape[:2]
        asked = {"count": len(pictures_bgr), "height": height, "width": width}
        question, answer = self._process.stdin, self._process.stdout
        if question is None or answer is None:  # pragma: no cover - both were asked for
            msg = "MediaPipe: no pipe"
            raise MissingProgramError(msg)
        try:
            question.write(json.dumps(asked).encode() + b"\n")
            for picture in pictures_bgr:
                question.write(np.ascontiguousarray(picture[:, :, ::-1]).data)
            question.flush()
            told = json.loads(answer.readline())
            size = len(pictures_bgr) * worker.LANDMARKS * 4
            points = np.frombuffer(answer.read(4 * size), dtype="<f4").copy()
        except (OSError, ValueError) as error:
            msg = f"{MEDIAPIPE} died; try: {' '.join(self._command)}"
            raise MissingProgramError(msg) from error
        pose = points.reshape(-1, worker.LANDMARKS, 4).astype(np.float32)
        pose[:, :, :2] *= np.array([width, height], dtype=np.float32)
        return PeerResult(pose=pose, cpu_s=float(told["cpu_s"]))


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip() or "no message").splitlines()[-1]
        msg = f"{MEDIAPIPE} cannot be installed: {last}"
        raise MissingProgramError(msg) from error
