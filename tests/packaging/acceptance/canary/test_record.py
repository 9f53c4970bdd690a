"""What goes over the broker is kept to the byte, and pictures are counted over all lives."""

import json
from pathlib import Path

from acceptance.canary.record import Record
from acceptance.traffic import Heard


def health(looked_at: int) -> Heard:
    """Return a health message."""
    cameras = {"front": {"frames": {"looked-at": looked_at}}}
    payload = json.dumps({"data": {"cameras": cameras}}).encode()
    return Heard(at_s=0.0, topic="cb/v1/s/r/box/b/health", payload=payload, again=False)


def test_pictures_are_counted_over_all_lives(tmp_path: Path) -> None:
    """A box that has begun anew counts from nothing; the record does not."""
    record = Record(tmp_path / "traffic")
    for looked_at in (0, 10, 30, 5, 25):
        record.take(health(looked_at))

    assert record.looked_at == 30 + 25
    assert record.messages == 5


def test_payloads_are_kept_by_topic(tmp_path: Path) -> None:
    """Whatever is in a message can be searched, also what is no JSON."""
    record = Record(tmp_path / "traffic")
    record.take(Heard(at_s=0.0, topic="a/b", payload=b"\xff\xd8one", again=False))
    record.take(Heard(at_s=0.0, topic="a/b", payload=b"two", again=True))

    assert (tmp_path / "traffic" / "a~b").read_bytes() == b"\xff\xd8one\ntwo\n"
