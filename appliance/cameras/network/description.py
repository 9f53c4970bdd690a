"""The description of a stream: which video it has, and how to ask for it (SDP, RFC 8866)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

STATIC_PAYLOAD = "26 JPEG/90000"
"""What a video without an ``rtpmap`` is: the one static payload that cameras send (RFC 3551)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """The first video of a stream."""

    codec: str
    """Its name in RTP, in capitals (RFC 4855)."""

    payload: int
    """Number of its packets."""

    parameters: Mapping[str, str]
    """Of the codec, from ``fmtp``; names in small letters."""

    track: str
    """Where to ask for the video itself."""

    whole: str
    """Where to ask for the stream."""


def find_video(text: str, *, base: str) -> Video | None:
    """Return the first video of a description, or None.

    Args:
        text: The description.
        base: Address that relative ones start from.

    Raises:
        ValueError: It is no description.
    """
    session, *media = text.replace("\r\n", "\n").split("\nm=")
    whole = _resolve(base, _attributes(session).get("control", "*"))
    for section in media:
        if not section.startswith("video "):
            continue
        attributes = _attributes(section)
        mapped = attributes.get("rtpmap", STATIC_PAYLOAD)
        fields = attributes.get("fmtp", "").partition(" ")[2].split(";")
        return Video(
            codec=mapped.partition(" ")[2].partition("/")[0].upper(),
            payload=int(section.split(maxsplit=4)[3]),
            parameters={
                name.strip().lower(): value.strip()
                for name, _, value in (field.partition("=") for field in fields)
            },
            track=_resolve(base, attributes.get("control", "*")),
            whole=whole,
        )
    return None


def _attributes(section: str) -> dict[str, str]:
    lines = [line for line in section.splitlines() if line.startswith("a=")]
    return dict(line.removeprefix("a=").partition(":")[::2] for line in lines)


def _resolve(base: str, control: str) -> str:
    """Return an address; one that is written in full is sent as it is, on the same connection."""
    if control == "*":
        return base
    return control if urlsplit(control).scheme else f"{base.rstrip('/')}/{control}"
