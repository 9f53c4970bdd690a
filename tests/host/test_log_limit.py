"""A flood of one cause writes twenty lines a minute, and its size is told."""

from appliance.host.log_limit import CAUSES, LINES, WINDOW_S, LineLimit


class Watch:
    """A clock that is set by hand."""

    now_s = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now_s


def test_twenty_lines_a_minute_and_the_rest_is_counted() -> None:
    """The minute's last line is the twentieth, whatever comes."""
    watch = Watch()
    limit = LineLimit(monotonic=watch)

    assert [limit.take("dropped") for _ in range(LINES + 3)] == [True] * LINES + [False] * 3
    watch.now_s = WINDOW_S - 0.001
    assert not limit.take("dropped")
    assert limit.over() == {}
    watch.now_s = WINDOW_S
    assert limit.over() == {"dropped": 4}
    assert limit.over() == {}
    assert limit.take("dropped")


def test_one_cause_leaves_room_for_the_others() -> None:
    """A flood hides nothing else."""
    limit = LineLimit(monotonic=Watch())
    for _ in range(1000):
        limit.take("dropped")

    assert limit.take("camera_lost")


def test_what_was_left_out_is_told_though_the_flood_goes_on() -> None:
    """The next minute does not forget it."""
    watch = Watch()
    limit = LineLimit(monotonic=watch)
    for _ in range(LINES + 1):
        limit.take("dropped")
    watch.now_s = WINDOW_S
    for _ in range(LINES + 1):
        limit.take("dropped")
    watch.now_s = 2 * WINDOW_S

    assert limit.over() == {"dropped": 2}


def test_causes_that_never_end_take_no_memory() -> None:
    """A library may put a number into each of its messages; the oldest is forgotten."""
    watch = Watch()
    limit = LineLimit(monotonic=watch)
    for number in range(2 * CAUSES):
        watch.now_s = number / 100
        limit.take(f"cause {number}")

    lines = {
        cause: sum(limit.take(f"cause {cause}") for _ in range(2 * LINES))
        for cause in (0, 2 * CAUSES - 1)
    }

    assert lines == {0: LINES, 2 * CAUSES - 1: LINES - 1}
