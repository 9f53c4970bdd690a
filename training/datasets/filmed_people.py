"""Who is in which real clip of ``data/video``, and in which frames; told by looking."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmedClip:
    """A stretch of a clip that shows one person."""

    name: str
    """File in ``data/video``."""

    person: str
    """One name per person, the same over all clips."""

    first: int = 0
    """First frame with the person in it."""

    last: int | None = None
    """Last one; None for the end."""


FILMED: tuple[FilmedClip, ...] = (
    FilmedClip(name="talking_face.webm", person="talking"),
    FilmedClip(name="single_face.mp4", person="smiling"),
    FilmedClip(name="face_noface.mov", person="smiling", last=71),  # data/README.md
    FilmedClip(name="noface_face.mov", person="smiling", first=96),  # data/README.md
    FilmedClip(name="asl_book.mkv", person="yellow"),
    FilmedClip(name="asl_learn.mkv", person="yellow"),
    FilmedClip(name="asl_school.mkv", person="yellow"),
    FilmedClip(name="asl_student.mkv", person="skull"),
    FilmedClip(name="asl_again.mkv", person="skull"),
    FilmedClip(name="asl_yes.mkv", person="skull"),
    FilmedClip(name="asl_night.mkv", person="turtleneck"),
    FilmedClip(name="asl_please.mkv", person="grey"),
    FilmedClip(name="carphone.mp4", person="carphone"),
)
"""Seven people. Left out: people seen from behind (``one_by_one``), groups (``classroom``,
``walking_and_pause``), nobody (``no_face``), and the ``bench`` clips, which are cut from these."""
