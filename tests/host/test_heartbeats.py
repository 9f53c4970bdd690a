"""Heartbeats find the silent thread."""

from appliance.host.heartbeats import Heartbeats


def test_a_thread_is_silent_only_after_the_limit() -> None:
    """At the limit it still counts as alive."""
    now = [0.0]
    beats = Heartbeats(monotonic=lambda: now[0])
    beats.beat("lane[0]")
    beats.beat("tick")
    now[0] = 5.0
    beats.beat("tick")

    assert beats.silent_for(5.0) == []
    assert beats.silent_for(4.5) == ["lane[0]"]


def test_a_thread_that_ended_on_purpose_is_not_missed() -> None:
    """A clip that has been played is no fault."""
    now = [0.0]
    beats = Heartbeats(monotonic=lambda: now[0])
    beats.beat("camera[front].reader")
    beats.forget("camera[front].reader")
    now[0] = 100.0

    assert beats.silent_for(1.0) == []
