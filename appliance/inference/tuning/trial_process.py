"""The child process of ``classbox tune``, seen from its parent."""

import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from appliance.inference.tuning.trial import Job

_LOOK_S = 0.25  # between two looks at whether to stop


def listen(
    command: Sequence[str],
    job: Job,
    *,
    ends_s: float,
    step_limit_s: float,
    stopped: Callable[[], bool],
) -> Iterator[dict[str, Any]]:
    """Run one child and yield what it says; it is dead when the iteration ends.

    Args:
        command: Of the child.
        job: What it is told.
        ends_s: Monotonic time at which it is killed.
        step_limit_s: Longest silence; then it is killed, too.
        stopped: Asked a few times a second; true kills it.

    Yields:
        Its lines, except for what native libraries print between them. If it crashed or fell
        silent, a last one of ours: ``{"step": "died", "reason": …}``.
    """
    with subprocess.Popen(  # noqa: S603 - our own module, no shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError  # pipes were asked for
        try:
            _tell(process, job)
            heard_s, buffer, said = time.monotonic(), b"", ""
            while time.monotonic() < ends_s and not stopped():
                if time.monotonic() - heard_s > step_limit_s:
                    said = f"no sign of life for {step_limit_s:g} s"
                    break
                if not select.select([process.stdout], [], [], _LOOK_S)[0]:
                    continue
                heard_s = time.monotonic()
                chunk = os.read(process.stdout.fileno(), 1 << 16)
                if not chunk:
                    said = _ending(process.wait())
                    break
                *lines, buffer = (buffer + chunk).split(b"\n")
                yield from filter(None, map(_parse, lines))
        finally:
            process.kill()
    if said:
        yield {"step": "died", "reason": said}


def _tell(process: "subprocess.Popen[bytes]", job: Job) -> None:
    try:
        if process.stdin is not None:
            process.stdin.write(job.to_json().encode() + b"\n")
            process.stdin.close()
    except BrokenPipeError:
        pass  # it died at once; its exit code says more


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) and "step" in document else None


def _ending(code: int) -> str:
    if code < 0:
        return f"crashed ({signal.Signals(-code).name})"
    return f"ended with exit code {code}" if code else ""
