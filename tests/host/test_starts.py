"""Starts that fail in a row follow each other more and more slowly."""

from pathlib import Path

from appliance.host.starts import LONGEST_PAUSE_S, STARTS_FILE, Starts


def test_pauses_grow_to_the_longest_and_begin_anew_after_a_success(tmp_path: Path) -> None:
    """Each start is another process, which finds the count where the last one left it."""
    pauses = [Starts(tmp_path).pause_s() for _ in range(8)]

    assert pauses[0] == 0
    assert pauses == sorted(pauses)
    assert (pauses[1], pauses[2], pauses[-1]) == (5, 15, LONGEST_PAUSE_S)
    Starts(tmp_path).succeeded()
    assert Starts(tmp_path).pause_s() == 0


def test_nobody_waits_on_a_terminal() -> None:
    """Without a run-time folder nobody starts the program again by itself."""
    starts = Starts(None)

    assert [starts.pause_s() for _ in range(3)] == [0, 0, 0]
    starts.succeeded()


def test_a_damaged_count_is_none_and_a_full_folder_waits_longest(tmp_path: Path) -> None:
    """Neither is an error of its own."""
    (tmp_path / STARTS_FILE).write_text("many", encoding="utf-8")
    assert Starts(tmp_path).pause_s() == 0

    (tmp_path / STARTS_FILE).unlink()
    (tmp_path / STARTS_FILE).mkdir()
    assert Starts(tmp_path).pause_s() == LONGEST_PAUSE_S
