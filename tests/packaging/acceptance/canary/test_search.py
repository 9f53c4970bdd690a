"""The search finds a known picture in every form, and nothing in what is none."""

import gzip
import os
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest
from acceptance.canary.forms import forms_of
from acceptance.canary.pictures import Canary, make_canaries
from acceptance.canary.search import CHUNK, Search

from appliance.cameras.clip import play_clip
from appliance.commands.demo.packaged import packaged_clip

CANARIES = make_canaries(2)
SEARCH = Search([one.jpeg for one in CANARIES])
FORMS = forms_of(CANARIES[0])


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_found(form: str, tmp_path: Path) -> None:
    """Whatever the picture has become, it is seen among other bytes at an odd address."""
    around = np.random.default_rng(1).bytes(4001)
    (tmp_path / "file").write_bytes(around + FORMS[form] + around)

    assert len(SEARCH.look_into(tmp_path).found) == 1


def test_form_across_two_chunks_is_found(tmp_path: Path) -> None:
    """Files are read in pieces; what lies between two of them is seen."""
    row = FORMS["one row of BGR"]
    (tmp_path / "file").write_bytes(bytes(CHUNK - len(row) // 2) + row + bytes(100))

    assert len(SEARCH.look_into(tmp_path).found) == 1


def test_archive_of_a_database_is_opened(tmp_path: Path) -> None:
    """A row that is spread over the pages of a packed database is put together."""
    database = tmp_path / "box.db"
    with closing(sqlite3.connect(database)) as opened, opened:
        opened.execute("PRAGMA page_size = 512")
        opened.execute("CREATE TABLE kept (what BLOB)")
        opened.execute("INSERT INTO kept VALUES (?)", [gzip.compress(FORMS["seat 224"])])
    packed = tmp_path / "packed"
    packed.mkdir()
    with tarfile.open(packed / "backup.tar.gz", "w:gz") as archive:
        archive.add(database)

    assert "backup.tar.gz" in SEARCH.look_into(packed).found[0]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(os.urandom(1 << 20), id="noise"),
        pytest.param(bytes(1 << 20), id="nothing"),
        pytest.param(Path(__file__).read_bytes() * 20, id="text"),
        pytest.param(bytes(range(256)) * 1000, id="ramp"),
        pytest.param(np.linspace(0, 1, 100_000, dtype=np.float32).tobytes(), id="floats"),
    ],
)
def test_nothing_is_found_in_what_is_no_picture(content: bytes, tmp_path: Path) -> None:
    """A find means something."""
    (tmp_path / "file").write_bytes(content)

    assert SEARCH.look_into(tmp_path).found == []


def test_another_picture_of_the_same_people_is_no_canary(tmp_path: Path) -> None:
    """It is the canary that is known, not any picture."""
    frame = next(play_clip(packaged_clip()))
    (tmp_path / "raw").write_bytes(frame.pixels.tobytes())
    (tmp_path / "jpeg").write_bytes(cv2.imencode(".jpg", frame.pixels)[1].tobytes())
    tally = SEARCH.look_into(tmp_path)

    assert tally.found == []
    assert tally.files == 2


def test_old_files_are_left_out(tmp_path: Path) -> None:
    """What lay there before the lesson says nothing about it."""
    (tmp_path / "old").write_bytes(FORMS["BGR"])
    os.utime(tmp_path / "old", (1000, 1000))

    assert SEARCH.look_into(tmp_path, since_s=2000).files == 0


def test_canaries_differ_and_are_always_the_same() -> None:
    """Two pictures of people who move, and the same two on each machine."""
    first, second = CANARIES
    again: Canary = make_canaries(1)[0]

    assert first.jpeg != second.jpeg
    assert first.jpeg == again.jpeg
