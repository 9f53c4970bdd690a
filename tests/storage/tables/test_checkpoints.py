"""Small states survive a restart."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.storage.store import Storage
from tests.support.clocks import HeldClock
from tests.support.disk import PRIVACY, rows, settle
from tests.support.rows import open_storage

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_newest_state_survives_a_restart(folder: Path, clock: HeldClock) -> None:
    """The last put is what the next run gets."""
    storage = open_storage(folder, clock)
    storage.checkpoints.put("episodes", {"a01": {"since_s": 1.5}})
    storage.checkpoints.put("episodes", {"a01": {"since_s": 2.5}})
    storage.checkpoints.put("cool-downs", {})
    storage.stop()

    storage = open_storage(folder, clock)
    assert storage.checkpoints.get("episodes") == {"a01": {"since_s": 2.5}}
    assert storage.checkpoints.get("cool-downs") == {}
    assert storage.checkpoints.get("unknown") is None
    storage.stop()


def test_state_that_json_cannot_hold_is_refused(storage: Storage) -> None:
    """A NaN would come back as something that no other program reads."""
    with pytest.raises(ValueError, match="JSON"):
        storage.checkpoints.put("episodes", {"x": float("nan")})


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.dictionaries(st.text(), JSON, max_size=4))
def test_any_object_comes_back(storage: Storage, value: dict[str, object]) -> None:
    """What JSON can hold is returned as it was put."""
    storage.checkpoints.put("state", value)

    assert storage.checkpoints.get("state") == value


def test_every_single_damage_is_found(folder: Path, storage: Storage) -> None:
    """Whichever byte has changed: what is returned is what was put, or nothing at all."""
    state = {"a01": {"since_s": 1.5, "told": ["e-1", None, True], "name": "b\u00fcro"}}
    storage.checkpoints.put("episodes", state)
    settle(storage)
    ((whole,),) = rows(
        folder / PRIVACY, "SELECT CAST(value AS BLOB) FROM checkpoints WHERE key = 'episodes'"
    )
    found = 0
    for place in range(len(whole)):
        for bit in (1, 16, 128):
            harmed = bytearray(whole)
            harmed[place] ^= bit
            settle(storage)  # what was damaged before has been deleted
            overwrite(folder, bytes(harmed))
            assert storage.checkpoints.get("episodes") in (state, None)
            found += 1
    assert 0.95 * found < storage.checkpoints.damaged <= found  # a space may become another

    settle(storage)
    overwrite(folder, whole)
    assert storage.checkpoints.get("episodes") == state


@pytest.mark.parametrize("value", [b"", b"[]", b"null", b"{", b'{"state": {}}', b"\xff\xfe"])
def test_a_state_that_is_none_is_deleted_and_counted(
    folder: Path, storage: Storage, value: bytes
) -> None:
    """And asked for again, there is none."""
    storage.checkpoints.put("episodes", {"a": 1})
    settle(storage)
    overwrite(folder, value)

    assert storage.checkpoints.get("episodes") is None
    assert storage.checkpoints.get("episodes") is None
    assert storage.checkpoints.damaged == 1


def test_a_state_of_an_older_program_is_used(folder: Path, storage: Storage) -> None:
    """It has no digest."""
    storage.checkpoints.put("episodes", {"a": 1})
    settle(storage)
    overwrite(folder, b'{"a01": {"since_s": 1.5}}')

    assert storage.checkpoints.get("episodes") == {"a01": {"since_s": 1.5}}


def overwrite(folder: Path, value: bytes) -> None:
    """Change the only row behind the store's back."""
    with closing(sqlite3.connect(folder / PRIVACY)) as other:
        other.execute("DELETE FROM checkpoints")
        other.execute(
            "INSERT INTO checkpoints (key, value, wall_s) VALUES ('episodes', CAST(? AS TEXT), 0)",
            [value],
        )
        other.commit()
