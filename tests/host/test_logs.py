"""Logs are events for machines, and nothing private gets into them."""

import io
import json
import logging
from collections.abc import Iterator

import numpy as np
import pytest
import structlog

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
