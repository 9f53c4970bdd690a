"""A database is read beside the service, or it is said why not."""

import os
from pathlib import Path

import pytest

from appliance.errors import StorageError
from appliance.storage.reading import reading


def test_a_box_that_never_ran_has_nothing_to_read(tmp_path: Path) -> None:
    """And no file is made by asking."""
    missing = pytest.raises(StorageError, match=r"privacy\.db: there is no such database; has")
    with missing, reading(tmp_path / "privacy.db"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("closed", ["folder", "file"])
def test_who_may_not_read_is_sent_to_sudo(tmp_path: Path, closed: str) -> None:
    """In one line; whether there is a database is not said where nobody may look."""
    file = tmp_path / "privacy.db"
    file.touch(mode=0o600)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    if closed == "folder":
        tmp_path.chmod(0o700)
    os.seteuid(65534)
    try:
        refused = pytest.raises(
            StorageError, match=r"privacy\.db: this account may not read it; run"
        )
        with refused, reading(file):
            pass
    finally:
        os.seteuid(0)
