"""The files that pages are made of: read and hashed once; nothing else can be reached."""

import base64
import gzip
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from appliance.screens.http.refusals import Refusal

STATIC = Path(__file__).parents[1] / "static"
"""Folder of this package's files."""

TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}
"""Ending to type; a file with another ending is not served."""

_NOT_SERVED = ("texts", "content")
"""Folders with routes of their own, which know who may see what."""

_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](?P<path>[./][^"']*)["']""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file."""

    path: str
    """As in a URL: ``/static/house/base.css``."""

    content: bytes = field(repr=False)
    type: str
    """MIME type."""

    packed: bytes | None = field(repr=False)
    """The same with gzip; None where that is no smaller."""

    integrity: str
    """``sha384-…``, as HTML wants it."""

    @property
    def etag(self) -> str:
        """Return the name of this version."""
        return f'"{self.integrity.partition("-")[2][:32]}"'


class Assets:
    """Every file below a folder that a page may load."""

    def __init__(self, folder: Path = STATIC) -> None:
        """Read and hash them all.

        Args:
            folder: With one folder per area.
        """
        found = sorted(path for path in folder.rglob("*") if path.suffix in TYPES)
        served = [path for path in found if path.relative_to(folder).parts[0] not in _NOT_SERVED]
        assets = [_asset(path, f"/static/{path.relative_to(folder).as_posix()}") for path in served]
        self._assets = {asset.path: asset for asset in assets}

    def __iter__(self) -> Iterator[Asset]:
        """Return all of them, by path."""
        return iter(self._assets.values())

    def __getitem__(self, path: str) -> Asset:
        """Return one by its URL's path; a KeyError says that there is none."""
        return self._assets[path]

    def modules_of(self, entry: str) -> list[str]:
        """Return the paths of all modules that a module imports, and that those import."""
        found: list[str] = []
        waiting = [entry]
        while waiting:
            path = waiting.pop(0)
            text = self._assets[path].content.decode()
            for match in _IMPORT.finditer(text):
                imported = _joined(path, match["path"])
                if imported not in found and imported != entry:
                    found.append(imported)
                    waiting.append(imported)
        return found

    def routes(self) -> list[Route]:
        """Return one route for each file, so that no name is looked up on a disk."""
        return [Route("/static/{path:path}", self._serve, methods=["GET"])]

    async def _serve(self, request: Request) -> Response:
        asset = self._assets.get(request.url.path)
        if asset is None:
            raise Refusal(404)
        headers = {
            "ETag": asset.etag,
            "Cache-Control": "no-cache",  # asked each time: an update is seen at once
            "Vary": "Accept-Encoding",
        }
        if request.headers.get("if-none-match") == asset.etag:
            return Response(status_code=304, headers=headers)
        content = asset.content
        if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            content = asset.packed
            headers["Content-Encoding"] = "gzip"
        return Response(content, headers={**headers, "Content-Type": asset.type})


def integrity_of(content: bytes) -> str:
    """Return the hash of a file, as HTML wants it.

    Source: https://www.w3.org/TR/sri/
    """
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def _asset(path: Path, url: str) -> Asset:
    content = path.read_bytes()
    packed = gzip.compress(content, mtime=0)
    return Asset(
        path=url,
        content=content,
        type=TYPES[path.suffix],
        packed=packed if len(packed) < len(content) else None,
        integrity=integrity_of(content),
    )


def _joined(module: str, imported: str) -> str:
    parts = [] if imported.startswith("/") else module.split("/")[:-1]
    for part in imported.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
