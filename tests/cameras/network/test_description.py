"""The video of a stream is found in its description."""

import pytest

from appliance.cameras.network.description import find_video

BASE = "rtsp://cam/live/"
SOUND = "m=audio 0 RTP/AVP 8\r\na=control:sound\r\n"


def described(video: str, *, session: str = "") -> str:
    """Return a description with sound before the video."""
    return f"v=0\r\ns=x\r\n{session}{SOUND}{video}"


def test_video_is_found_with_all_that_it_takes() -> None:
    """Codec, number, parameters and addresses; sound has none of them."""
    video = find_video(
        described(
            "m=video 0 RTP/AVP 96\r\na=rtpmap:96 h264/90000\r\n"
            "a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0LA==,aM4=;x\r\n"
            "a=control:track2\r\n"
        ),
        base=BASE,
    )

    assert video is not None
    assert (video.codec, video.payload) == ("H264", 96)
    assert video.parameters["sprop-parameter-sets"] == "Z0LA==,aM4="
    assert (video.track, video.whole) == ("rtsp://cam/live/track2", BASE)


@pytest.mark.parametrize(
    ("control", "session", "track", "whole"),
    [
        ("*", "", BASE, BASE),
        ("rtsp://cam/a?b=1", "a=control:*\r\n", "rtsp://cam/a?b=1", BASE),
        ("t", "a=control:rtsp://cam/all\r\n", "rtsp://cam/live/t", "rtsp://cam/all"),
    ],
)
def test_addresses_are_resolved(control: str, session: str, track: str, whole: str) -> None:
    """Relative ones begin at the base; full ones stay as they are."""
    text = described(f"m=video 0 RTP/AVP 26\r\na=control:{control}\r\n", session=session)
    video = find_video(text, base=BASE)

    assert video is not None
    assert (video.track, video.whole) == (track, whole)
    assert video.codec == "JPEG"


def test_stream_without_video_has_none() -> None:
    """A microphone is no camera."""
    assert find_video(described(""), base=BASE) is None
