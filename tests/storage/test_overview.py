"""Support learns versions and numbers of rows, and not one value."""

from pathlib import Path

from appliance.host.clock import SystemClock
from appliance.storage.migrations import FEATURES, PRIVACY
from appliance.storage.overview import overview
from appliance.storage.store import Storage


def test_rows_are_counted_and_not_read(tmp_path: Path) -> None:
    """Each table of both databases, beside a writer that is at work."""
    storage = Storage.open(tmp_path, clock=SystemClock())
    storage.start()
    storage.audit.record("canary", actor="canary", seat=None, detail="canary")

    privacy, features = overview(tmp_path)

    storage.stop()
    assert (privacy["file"], privacy["schema"]) == ("privacy.db", len(PRIVACY))
    assert (features["file"], features["schema"]) == ("features.db", len(FEATURES))
    assert privacy["rows"]["audit"] == 1
    assert set(features["rows"]) == {"streams", "tokens"}
    assert "canary" not in str((privacy, features))


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    """A missing file and a damaged one."""
    (tmp_path / "features.db").write_bytes(b"no database at all, but long enough to look" * 9)

    privacy, features = overview(tmp_path)

    assert privacy["error"] == "No such file or directory"
    assert features["error"] == "file is not a database"
