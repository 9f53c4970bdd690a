"""Small states survive a restart."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.storage.store import Storage
from tests.support.clocks import HeldClock
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
