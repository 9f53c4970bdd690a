"""Looks through files and archives for canaries in every form that a picture can take."""

import base64
import gzip
import io
import re
import sqlite3
import stat
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from acceptance.canary.bars import BarSearch
from acceptance.canary.words import WordSearch

CHUNK = 8 << 20
OVERLAP = 1 << 16
"""Of two chunks; a row of 1920 pixels of float RGB has 23 kB."""

SHORTEST = 40
"""Of unpacked bytes that could hold a piece of a canary."""

DEEPEST = 4
"""Archives within archives."""

PICTURE_STARTS = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|BM.{4}\0\0\0\0|RIFF.{4}WEBP", re.DOTALL
)
COMPRESSED = re.compile(rb"PK\x03\x04.{22}(..)(..)|\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]", re.DOTALL)
"""Starts of a member of a zip file, with the lengths of its names; of gzip; of zlib."""

MOST_INFLATED = 32 << 20
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{400,}={0,2}")
MOST_PICTURES = 2000
"""Tried per chunk; random bytes look like the start of a JPEG once in 16 MB."""

SQLITE = b"SQLite format 3\0"


@dataclass(slots=True)
class Tally:
    """What one search has seen."""

    files: int = 0
    """Files, and parts of archives."""

    bytes: int = 0
    """In all of them."""

    found: list[str] = field(default_factory=list)
    """Where a canary was, one line each."""


class Search:
    """Knows the canaries and looks for them."""

    def __init__(self, pictures: Iterable[bytes]) -> None:
        """Take the pictures as they were sent."""
        self._bars = BarSearch()
        self._words = WordSearch(pictures)

    def look_into(self, folder: Path, *, since_s: float = 0.0) -> Tally:
        """Search a folder with everything in it, or a file.

        Args:
            folder: One that does not exist holds nothing.
            since_s: Files that have not changed since this Unix time are left out.
        """
        tally = Tally()
        for file in sorted(_files(folder)):
            try:
                if file.stat().st_mtime >= since_s:
                    self._look_into_file(file, tally)
            except FileNotFoundError:  # gone since it was listed
                continue
        return tally

    def _look_into_file(self, file: Path, tally: Tally) -> None:
        before = len(tally.found)
        with file.open("rb") as opened:
            head = opened.read(512)
            opened.seek(0)
            self._look_along(iter(lambda: opened.read(CHUNK), b""), str(file), tally)
        if len(tally.found) == before:
            for name, content in _parts(file, head):
                self._look_at(content, f"{file}: {name}", tally, depth=1)

    def _look_along(self, chunks: Iterator[bytes], name: str, tally: Tally) -> None:
        tally.files += 1
        tail = b""
        for chunk in chunks:
            tally.bytes += len(chunk)
            if form := self._form_in(tail + chunk):
                tally.found.append(f"{name}: {form}")
                return
            tail = chunk[-OVERLAP:]

    def _look_at(self, content: bytes, name: str, tally: Tally, *, depth: int) -> None:
        """Search what was unpacked, and unpack it further."""
        self._look_along(iter([content]), name, tally)
        if depth < DEEPEST:
            for inner, unpacked in _unpack(content):
                self._look_at(unpacked, f"{name}: {inner}", tally, depth=depth + 1)

    def _form_in(self, data: bytes, *, depth: int = 0) -> str:
        """Return as what a canary lies in the data; empty when there is none."""
        if self._words.found(data):
            return "bytes that the camera sent"
        if self._bars.found(data):
            return "pixels"
        for start in list(PICTURE_STARTS.finditer(data))[:MOST_PICTURES]:
            picture = _decode(data[start.start() :])
            if picture is not None and self._bars.found(picture, blurred=True):
                return "an encoded picture"
        return self._packed_form_in(data, depth=depth + 1) if depth < DEEPEST else ""

    def _packed_form_in(self, data: bytes, *, depth: int) -> str:
        for text in BASE64.finditer(data):
            if any(self._form_in(decoded, depth=depth) for decoded in _from_base64(text.group())):
                return "a picture in base64"
        for start in COMPRESSED.finditer(data):
            inflated = _inflate(data, start)
            if len(inflated) > SHORTEST and self._form_in(inflated, depth=depth):
                return "compressed"
        return ""


def _files(path: Path) -> Iterator[Path]:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            for child in path.iterdir():
                yield from _files(child)
        elif stat.S_ISREG(mode):
            yield path
    except (FileNotFoundError, PermissionError):
        return


def _parts(file: Path, head: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what a file is made of, where that is packed."""
    if head[:16] == SQLITE or head[:2] == b"\x1f\x8b" or head[257:262] == b"ustar":
        yield from _unpack(file.read_bytes())


def _unpack(content: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        yield from _members(content)
    except (OSError, EOFError, zlib.error, tarfile.TarError, sqlite3.Error):
        return  # damaged; as it is, it has been searched already


def _members(content: bytes) -> Iterator[tuple[str, bytes]]:
    if content[:2] == b"\x1f\x8b":
        yield "gzip", gzip.decompress(content)
    elif content[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(content)) as members:
            for member in members:
                if (opened := members.extractfile(member)) is not None:
                    yield member.name, opened.read()
    elif content[:16] == SQLITE:
        with closing(sqlite3.connect(":memory:")) as database:
            database.deserialize(content)
            yield from _values(database)


def _values(database: sqlite3.Connection) -> Iterator[tuple[str, bytes]]:
    """Yield every value that has some length; in the file it may lie on many pages."""
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - its own name
            for value in row:
                content = value.encode() if isinstance(value, str) else value
                if isinstance(content, bytes) and len(content) > SHORTEST:
                    yield table, content


def _inflate(data: bytes, start: re.Match[bytes]) -> bytes:
    """Return what is compressed from there on, as far as it goes."""
    first, kind = start.start(), zlib.MAX_WBITS
    if start.group(1) is not None:
        first = start.end() + sum(int.from_bytes(size, "little") for size in start.groups())
        kind = -zlib.MAX_WBITS  # bare
    elif start.group()[:1] == b"\x1f":
        kind = zlib.MAX_WBITS + 16  # with gzip's header
    try:
        return zlib.decompressobj(kind).decompress(memoryview(data)[first:], MOST_INFLATED)
    except zlib.error:
        return b""


def _decode(data: bytes) -> bytes | None:
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # claims to be larger than any picture
        return None
    return None if picture is None else picture.tobytes()


def _from_base64(text: bytes) -> Iterator[bytes]:
    """Decode a run from each of four places: what stands before it may look like more of it."""
    marks = b"-_" if re.search(b"[-_]", text) else b"+/"
    text = text.rstrip(b"=")
    for first in range(4):
        usable = text[first:] if len(text[first:]) % 4 != 1 else text[first:-1]
        yield base64.b64decode(usable + b"=" * (-len(usable) % 4), altchars=marks)
