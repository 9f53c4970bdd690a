"""Texts in the languages of the school: Fluent files, put together and served.

Source: https://projectfluent.org/fluent/guide/
"""

import functools
import gzip
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from appliance.errors import ConfigError
from appliance.screens.http.assets import STATIC
from appliance.screens.http.refusals import Refusal
from appliance.screens.http.visitors import fields_of, for_anybody, person_of

LANGUAGE_COOKIE = "classbox_language"
YEAR_S = 365 * 24 * 3600
LARGEST = 256 * 1024
"""Bytes of a catalogue."""

BUILT_IN = STATIC / "texts"

_FILE = re.compile(r"(?P<states>states\.)?(?P<id>[a-z]{2,3}(-[A-Za-z0-9]{2,8})*)(\.[a-z]+)?\.ftl")
_HEADER = re.compile(r"#\s*(?P<key>name|direction):\s*(?P<value>\S.*)")
_OTHER_STATES = re.compile(r"^state-(?!fatigued\b)[\w-]+ *=.*\n?(?:[ \t}].*\n?|\n)*", re.MULTILINE)
"""Whole messages of states, with the lines that belong to them."""

_MESSAGE = re.compile(r"(?P<key>[a-z][\w-]*)\s*=\s*(?P<value>[^{}\n]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language and its texts."""

    id: str
    """As in HTML: ``de``, ``pt-BR``."""

    name: str
    """In the language itself."""

    direction: str
    """``ltr`` or ``rtl``."""

    text: str = field(repr=False)
    """Fluent, without the names of the states."""

    states: str = field(repr=False)
    """Fluent: the names of the states."""

    def as_row(self) -> dict[str, str]:
        """Return what a page has to know to offer it."""
        return {"id": self.id, "name": self.name, "direction": self.direction}


class Texts:
    """Every language that is there."""

    def __init__(
        self,
        *,
        own: Path | None = None,
        usual: str = "en",
        states_allowed: Callable[[], bool] = lambda: False,
        secure: bool = True,
        built_in: Path = BUILT_IN,
    ) -> None:
        """Read all files.

        Args:
            own: Folder of the school with more languages.
            usual: Language of who asks for none that is there.
            states_allowed: Tells whether the policy profile allows to name states at all.
            secure: The language's cookie is for HTTPS only.
            built_in: Folder of the languages that come along.

        Raises:
            ConfigError: A file cannot be read, or there is none for ``usual``.
        """
        files = [*_files(built_in), *(() if own is None else _files(own))]
        ids = dict.fromkeys(match["id"] for _, match in files)
        self.languages = {name: _language(name, files) for name in ids}
        self._states_allowed = states_allowed
        self._secure = secure
        if usual not in self.languages:
            msg = f"screens.language: there are no texts for {usual!r}"
            raise ConfigError(msg, next_step=f"choose one of {', '.join(self.languages)}")
        self._usual = usual

    def language_of(self, request: Request) -> Language:
        """Return what a visitor reads: chosen before, asked for by the browser, or the usual."""
        chosen = request.cookies.get(LANGUAGE_COOKIE, "")
        wanted = (chosen, *_accepted(request.headers.get("accept-language", "")))
        for one in wanted:
            for name in (one, one.partition("-")[0]):
                if name in self.languages:
                    return self.languages[name]
        return self.languages[self._usual]

    def message(self, language: Language, key: str) -> str | None:
        """Return a text of one line that has nothing to fill in; None where there is none."""
        for text in (language.text, self.languages[self._usual].text):
            for line in text.splitlines():
                match = _MESSAGE.fullmatch(line)
                if match is not None and match["key"] == key:
                    return match["value"].strip()
        return None

    def routes(self) -> list[Route]:
        """Return the routes of the texts and of the choice between them."""
        return [
            Route("/texts", self._list, methods=["GET"]),
            Route("/texts/{name}", self._serve, methods=["GET"]),
            Route("/language", for_anybody(self._choose), methods=["POST"]),
        ]

    async def _list(self, request: Request) -> Response:
        rows = [one.as_row() for one in self.languages.values()]
        return JSONResponse({"language": self.language_of(request).id, "languages": rows})

    async def _serve(self, request: Request) -> Response:
        name, _, ending = request.path_params["name"].rpartition(".")
        if ending != "ftl" or name not in self.languages:
            raise Refusal(404)
        language = self.languages[name]
        text = language.text
        if self._states_allowed() and person_of(request) is not None:
            text += language.states
        content, packed, etag = _served(text)
        headers = {
            "ETag": etag,
            "Cache-Control": "private, no-cache",
            "Vary": "Cookie, Accept-Encoding",
        }
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            content = packed
            headers["Content-Encoding"] = "gzip"
        return Response(content, headers={**headers, "Content-Type": "text/plain; charset=utf-8"})

    async def _choose(self, request: Request) -> Response:
        language = fields_of(request).get("language")
        if language not in self.languages:
            raise Refusal(400, "language")
        answer = JSONResponse({"language": language})
        answer.set_cookie(
            LANGUAGE_COOKIE,
            str(language),
            max_age=YEAR_S,
            secure=self._secure,
            httponly=True,
            samesite="strict",
        )
        return answer


@functools.lru_cache(maxsize=64)  # each language with and without the states, for good
def _served(text: str) -> tuple[bytes, bytes, str]:
    """Return a catalogue's bytes, the same with gzip, and its ETag."""
    content = text.encode()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return content, gzip.compress(content, mtime=0), etag


def _files(folder: Path) -> list[tuple[Path, re.Match[str]]]:
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        msg = f"{folder}: {error.strerror}"
        raise ConfigError(msg, next_step="correct screens.texts") from error
    found = [(path, _FILE.fullmatch(path.name)) for path in paths]
    return [(path, match) for path, match in found if match is not None]


def _language(name: str, files: Iterable[tuple[Path, re.Match[str]]]) -> Language:
    texts: dict[bool, list[str]] = {False: [], True: []}
    header: dict[str, str] = {}
    for path, match in files:
        if match["id"] != name:
            continue
        text = _read(path)
        if match["states"] is None:  # wherever a school has put them
            texts[True] += _OTHER_STATES.findall(text)
            texts[False].append(_OTHER_STATES.sub("", text))
        else:
            texts[True].append(text)
        for line in text.splitlines()[:10]:
            if found := _HEADER.fullmatch(line.strip()):
                header.setdefault(found["key"], found["value"])
    direction = header.get("direction", "ltr")
    return Language(
        id=name,
        name=header.get("name", name),
        direction=direction if direction in ("ltr", "rtl") else "ltr",
        text="\n".join([*texts[False], ""]),
        states="\n".join([*texts[True], ""]),
    )


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            msg = f"{path} is larger than {LARGEST} bytes"
            raise ConfigError(msg, next_step="put a catalogue of texts there")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{path} is not UTF-8 text"
        raise ConfigError(msg, next_step="save it as UTF-8") from error
    except OSError as error:
        msg = f"{path}: {error.strerror}"
        raise ConfigError(msg, next_step="make it readable for the service") from error


def _accepted(header: str) -> list[str]:
    """Return the languages of a browser, the most wanted first."""
    weighted: list[tuple[float, str]] = []
    for part in header.split(",")[:20]:
        name, _, weight = part.strip().partition(";q=")
        try:
            weighted.append((float(weight or 1), name))
        except ValueError:
            continue
    return [name for _, name in sorted(weighted, key=lambda one: -one[0])]
