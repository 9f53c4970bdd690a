"""Real clips, where they are there: they are not part of the project."""

import os
from pathlib import Path

import pytest

DEFAULT_DATA = Path(__file__).parents[3] / "shared" / "data"


def video_folder() -> Path:
    """Return the folder of clips, or skip the test and say why."""
    data = Path(os.environ.get("CLASSBOX_TEST_DATA", DEFAULT_DATA))
    folder = data / "video"
    if not folder.is_dir():
        pytest.skip(f"no real clips at {folder}; set CLASSBOX_TEST_DATA to the data folder")
    return folder
