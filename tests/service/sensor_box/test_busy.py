"""A sensor rests while others need the machine, and says where it looks."""

import os
import time
from pathlib import Path

from appliance.service.sensor_box.busy import BusyWatch, ProcessorTimes, read_processor_times
from appliance.service.sensor_box.indicator import Indicator, indicator_path, read_indicator


def follow(watch: BusyWatch, now: list[float], *, share: float, seconds: int) -> list[str]:
    """Let others use a share of four processors; ``now`` holds time, total and others'."""
    said = []
    for _ in range(seconds):
        now[0] += 1
        now[1] += 4
        now[2] += 4 * share
        said.append(watch.follow(now[0]))
    return said


def test_it_rests_when_others_work_for_half_a_minute_and_not_before() -> None:
    """And looks again only well below the limit: between them nothing changes."""
    now = [0.0, 0.0, 0.0]
    watch = BusyWatch(read=lambda: ProcessorTimes(total_s=now[1], others_s=now[2]))
    calm = follow(watch, now, share=0.6, seconds=60)
    heavy = follow(watch, now, share=1.0, seconds=40)
    middle = follow(watch, now, share=0.6, seconds=60)
    over = follow(watch, now, share=0.1, seconds=40)

    assert set(calm) == {""}
    assert heavy[5] == ""
    assert heavy[-1]
    assert set(middle) == {heavy[-1]}
    assert over[-1] == ""


def test_a_system_without_an_account_never_rests() -> None:
    """Windows."""
    assert BusyWatch(read=lambda: None).follow(100.0) == ""


def test_the_systems_account_leaves_ourselves_out() -> None:
    """Two processors are all that this process could use."""
    before = read_processor_times()
    used_s, until_s = time.process_time(), time.monotonic() + 1.0
    while time.monotonic() < until_s:
        sum(range(1000))
    used_s = time.process_time() - used_s
    after = read_processor_times()

    assert before is not None
    assert after is not None
    total_s = after.total_s - before.total_s
    others_s = after.others_s - before.others_s
    assert total_s > 0.5
    assert others_s + used_s <= total_s + 0.1


def test_the_indicator_says_it_in_two_ways_and_goes_with_the_sensor(tmp_path: Path) -> None:
    """Programs read the first line, people the second."""
    path = indicator_path({"XDG_RUNTIME_DIR": str(tmp_path)})
    assert path == tmp_path / "classbox" / "looking"
    indicator = Indicator(path)
    indicator.show(looking=True, why="at a07")
    seen = read_indicator(path)
    indicator.show(looking=False, why="nobody has agreed")
    later = read_indicator(path)
    indicator.remove()

    assert seen == "classbox looks: at a07"
    assert later == "classbox does not look: nobody has agreed"
    assert not path.exists()
    assert read_indicator(path) is None


def test_what_a_killed_sensor_left_behind_is_not_believed(tmp_path: Path) -> None:
    """Its process is not there."""
    path = tmp_path / "looking"
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    path.write_text(f'{{"looking": true, "pid": {child}}}\nclassbox looks: at a07\n')

    assert read_indicator(path) is None
