"""The board's own numbers."""

from pathlib import Path

from appliance.host.readings import read_board


def test_the_board_is_read(tmp_path: Path) -> None:
    """Memory and disk are in plausible megabytes."""
    board = read_board(tmp_path)

    assert 10 < board.rss_mb < 100_000
    assert board.disk_free_mb > 1
