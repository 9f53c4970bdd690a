"""Hints and content of a topic, as a school has written them down; a small set comes along.

One folder per topic. A topic is a word from the network, so no path is ever made of it: it is
compared with the folders that are there.
"""

import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from appliance.permissions import THROUGH_NO_LINK
from appliance.screens.allowed import OwnWords

GENERAL = "general"
"""Folder for topics that nobody has written anything about."""

LONGEST_TEXT = 16 * 1024
LARGEST_PICTURE = 2 * 1024 * 1024
LONGEST_LINK = 2048
MOST_PARAGRAPHS = 40
MOST_FOLDERS = 1000
PICTURES = (".png", ".jpg", ".jpeg", ".webp")

_LINK = re.compile(r"https://[^\s\"'<>\\]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NO_WORD = re.compile(r"[\W_]+")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | THROUGH_NO_LINK


class ContentKind(StrEnum):
    """What is looked for."""

    HINT = "hint"
    CONTENT = "content"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentText:
    """What a student reads."""

    title: str
    """First line."""

    paragraphs: tuple[str, ...]
    """The rest; parted by empty lines."""

    picture: str | None
    """Name of the topic whose picture goes with it; None without."""

    link: str | None
    """Further reading, https only; None without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as it is."""

    media_type: str
    """By its first bytes, whatever its name says."""

    data: bytes
    """All of it."""


class Content:
    """Reads the folders anew at every question, so that a teacher sees a change at once."""

    def __init__(self, folders: Sequence[Path], *, link: str | None = None) -> None:
        """Prepare to read.

        Args:
            folders: The school's before the one that comes along.
            link: Address of further reading with ``{topic}`` in it; None for none.
        """
        self._folders = tuple(folders)
        self._link = link

    def find(self, topic: str, kind: ContentKind, *, language: str) -> ContentText | None:
        """Return what a student reads about a topic; None where nothing is there at all.

        Args:
            topic: As the box says it; empty when unknown.
            kind: Hint or content.
            language: Of the page, such as ``de`` or ``pt-BR``.
        """
        names = _text_names(kind, language)
        for name, folder in self._places(topic):
            text = next(filter(None, (_read(folder, each, LONGEST_TEXT) for each in names)), None)
            lines = "" if text is None else text.decode("utf-8-sig", "replace").strip()
            if not lines:
                continue
            title, _, rest = lines.partition("\n")
            paragraphs = [" ".join(each.split()) for each in re.split(r"\n\s*\n", rest)]
            return ContentText(
                title=title.strip(),
                paragraphs=tuple(filter(None, paragraphs))[:MOST_PARAGRAPHS],
                picture=None if self.picture(name, kind) is None else name,
                link=_link_in(folder) or self._template(topic),
            )
        return None

    def own_topic(self, topic: str) -> OwnWords | None:
        """Return a topic as the name of its folder is written; None where there is no folder."""
        found = next(self._folders_of(topic_key(topic)), None)
        return None if found is None else OwnWords(found[1].name)

    def picture(self, topic: str, kind: ContentKind) -> Picture | None:
        """Return the picture of exactly this topic; None where there is none."""
        for _, folder in self._folders_of(topic_key(topic)):
            for ending in PICTURES:
                data = _read(folder, f"{kind}{ending}", LARGEST_PICTURE)
                media_type = None if data is None else sniff(data)
                if data is not None and media_type is not None:
                    return Picture(media_type=media_type, data=data)
        return None

    def _places(self, topic: str) -> Iterator[tuple[str, Path]]:
        key = topic_key(topic)
        if key != GENERAL:
            yield from self._folders_of(key)
        yield from self._folders_of(GENERAL)

    def _folders_of(self, key: str) -> Iterator[tuple[str, Path]]:
        for parent in self._folders:
            for name in _folder_names(parent):
                if key and topic_key(name) == key:
                    yield key, parent / name

    def _template(self, topic: str) -> str | None:
        if self._link is None or not topic:
            return None
        link = self._link.replace("{topic}", quote(topic, safe=""))
        return link if _LINK.fullmatch(link) and len(link) <= LONGEST_LINK else None


def topic_key(topic: str) -> str:
    """Return what two ways to write a topic have in common: no case, spaces or punctuation."""
    return _NO_WORD.sub("-", unicodedata.normalize("NFKC", topic[:200]).casefold()).strip("-")


def sniff(data: bytes) -> str | None:
    """Return the media type of a picture by its first bytes; None for anything else.

    Source: https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:14] == b"WEBPVP":
        return "image/webp"
    return None


def _text_names(kind: ContentKind, language: str) -> list[str]:
    known = [language, language.partition("-")[0]] if _LANGUAGE.fullmatch(language) else []
    return [*(f"{kind}.{each}.txt" for each in known), f"{kind}.txt", f"{kind}.en.txt"]


def _folder_names(parent: Path) -> list[str]:
    try:
        with os.scandir(parent) as entries:
            names = [each.name for each in entries if each.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(names)[:MOST_FOLDERS]


def _link_in(folder: Path) -> str | None:
    text = _read(folder, "link.txt", LONGEST_LINK)
    link = "" if text is None else text.decode("utf-8-sig", "replace").strip()
    return link if _LINK.fullmatch(link) else None


def _read(folder: Path, name: str, limit: int) -> bytes | None:
    """Return a plain file of a folder, through no link; None where there is none or it is longer.

    Args:
        folder: One that was listed.
        name: One of ours.
        limit: Bytes.
    """
    try:
        inside = os.open(folder, _FOLDER)
    except OSError:
        return None
    try:
        descriptor = os.open(name, _FILE, dir_fd=inside)
    except OSError:
        return None
    finally:
        os.close(inside)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > limit:
            return None
        return os.read(descriptor, limit)
    finally:
        os.close(descriptor)
