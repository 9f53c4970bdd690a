"""No part of a URL that may be secret is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.cameras.redaction import redact_url


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        pytest.param("/dev/video0", "/dev/video0", id="device"),
        pytest.param("0", "0", id="number"),
        pytest.param("rtsp://cam:554/live", "rtsp://cam:554/live", id="nothing-to-hide"),
        pytest.param("rtsp://me:pw@cam/live", "rtsp://***@cam/live", id="user-and-password"),
        pytest.param("http://cam/a?pwd=pw", "http://cam/a?***", id="query"),
        pytest.param("http://cam/a#pw", "http://cam/a#***", id="fragment"),
        pytest.param("http://me:pw@cam/a?k=pw#x", "http://***@cam/a?***", id="everything"),
        pytest.param("rtsp://me:p@w/p:@cam/live", "rtsp://***@cam/live", id="unescaped"),
        pytest.param("http://cam/a?mail=a@b&k=pw", "http://***", id="at-sign-in-the-query"),
        pytest.param("http://me:p?w@cam/a", "http://***", id="question-mark-in-password"),
    ],
)
def test_shows_only_where_the_camera_is(source: str, shown: str) -> None:
    """Scheme, host, port and path stay; where it is unclear, only the scheme does."""
    assert redact_url(source) == shown


@given(
    password=st.text(alphabet=st.characters(codec="ascii", exclude_characters="*"), min_size=1),
    place=st.sampled_from(["rtsp://me:{}@host/live", "http://host/live?k={}", "http://{}@host"]),
)
def test_no_password_survives(password: str, place: str) -> None:
    """Whatever the secret contains, escaped or not, it is not in the result."""
    marked = f"<{password}>"

    assert marked not in redact_url(place.format(marked))
