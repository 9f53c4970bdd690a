"""A database is read beside the service, or it is said why not."""

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
