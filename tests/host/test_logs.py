"""Logs are events for machines, and nothing private gets into them."""

import io
import json
import logging
from collections.abc import Iterator

import numpy as np
import pytest
import structlog

from appliance.host.log_limit import LINES, WINDOW_S
from appliance.host.logs import configure_logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Return what was logged; the global set-up is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    out = io.StringIO()
    configure_logs(json_lines=True, stream=out)
    yield out
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_one_json_object_per_event(stream: io.StringIO) -> None:
    """Event, level and time are always there."""
    structlog.get_logger().info("alert_raised", seat="a01", mean_score=0.71)

    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["seat"]) == ("alert_raised", "info", "a01")
    assert line["timestamp"].endswith("Z")


def test_arrays_and_bytes_are_refused_at_any_depth(stream: io.StringIO) -> None:
    """Pixels, landmarks and embeddings show their shape and nothing else."""
    pixels = np.full((2, 2, 3), 137, dtype=np.uint8)

    structlog.get_logger().info("x", frame=pixels, deep={"list": [pixels[0]]}, raw=b"\x89" * 9)

    line = json.loads(stream.getvalue())
    assert line["frame"] == "<array (2, 2, 3)>"
    assert line["deep"] == {"list": ["<array (2, 3)>"]}
    assert line["raw"] == "<9 bytes>"
    assert "137" not in stream.getvalue()


def test_credentials_are_cut_out_of_urls(stream: io.StringIO) -> None:
    """Also from a library that logs through the standard library."""
    structlog.get_logger().info("camera_lost", detail="cannot open rtsp://bob:hunter2@cam/1")
    logging.getLogger("library").warning("cannot open %s", "http://bob:hunter2@cam/1")

    assert "hunter2" not in stream.getvalue()
    assert stream.getvalue().count("://***@cam/1") == 2


def test_information_from_libraries_is_left_out(stream: io.StringIO) -> None:
    """Their warnings are kept; their chatter is not."""
    logging.getLogger("library").info("hello")

    assert stream.getvalue() == ""


def test_a_flood_writes_a_bounded_log(stream: io.StringIO) -> None:
    """Ours and a library's; another cause is written all the same."""
    for number in range(5000):
        structlog.get_logger().warning("mqtt_message_dropped", number=number)
        logging.getLogger("library").warning("cannot open %s", number)
    structlog.get_logger().info("camera_lost")

    lines = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
    assert len(lines) == 2 * LINES + 1
    assert lines[-1] == "camera_lost"


def test_the_log_says_what_it_left_out() -> None:
    """With the next line, once the minute is over."""
    now_s = [0.0]
    out = io.StringIO()
    configure_logs(json_lines=True, stream=out, monotonic=lambda: now_s[0])
    try:
        for _ in range(LINES + 7):
            structlog.get_logger().warning("mqtt_message_dropped")
        now_s[0] = WINDOW_S
        structlog.get_logger().info("box_status")
    finally:
        structlog.reset_defaults()

    told, last = [json.loads(line) for line in out.getvalue().splitlines()][-2:]
    assert (told["event"], told["cause"], told["lines"]) == (
        "lines_left_out",
        "mqtt_message_dropped",
        7,
    )
    assert last["event"] == "box_status"


@pytest.mark.parametrize(("decisions", "shown"), [(False, False), (True, True)])
def test_a_students_state_is_written_only_when_asked_for(*, decisions: bool, shown: bool) -> None:
    """The episode's id always is; it leads to a record that can be erased."""
    out = io.StringIO()
    configure_logs(json_lines=True, stream=out, decisions=decisions)
    try:
        structlog.get_logger().info(
            "alert_raised", episode="e1", decision={"seat": "a01", "affect": "bored"}
        )
    finally:
        structlog.reset_defaults()

    assert json.loads(out.getvalue())["episode"] == "e1"
    assert ("bored" in out.getvalue(), "a01" in out.getvalue()) == (shown, shown)
