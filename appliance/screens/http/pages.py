"""Pages are shells: HTML files into which the server puts hashes, language and token."""

import html
import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from appliance.screens.http.assets import STATIC, Assets
from appliance.screens.http.texts import Texts
from appliance.screens.http.visitors import Visitor

_TAG = re.compile(r"""<(?:script|link)\b[^>]*?\b(?:src|href)="(?P<path>/static/[^"]+)"[^>]*""")
_MODULE = re.compile(r"""<script\b[^>]*?\bsrc="(?P<path>/static/[^"]+\.js)\"""")
_CATALOGUE = '<link rel="preload" href="/texts/{{lang}}.ftl" as="fetch" crossorigin>'
_MARK = re.compile(r"\{\{(?P<name>\w+)\}\}")


class Pages:
    """Fills ``static/AREA/NAME.html``.

    ``{{lang}}``, ``{{dir}}``, ``{{title}}`` and of a visitor ``{{token}}``, ``{{name}}`` and
    ``{{role}}`` become texts, ``{{preloads}}`` a ``<link rel="modulepreload">`` for each module
    that the page's own ones import, and one for the words, which they ask for last. Each
    ``<script src>`` and ``<link href>`` of ``/static/`` gets its ``integrity``, so that nobody
    writes a hash by hand.
    """

    def __init__(self, *, assets: Assets, texts: Texts, folder: Path = STATIC) -> None:
        """Take what pages are made of.

        Args:
            assets: The files that they load.
            texts: The languages that they can be read in.
            folder: With one folder per area.
        """
        self._assets = assets
        self._texts = texts
        self._shells = {
            path.relative_to(folder).with_suffix("").as_posix(): self._hashed(path)
            for path in sorted(folder.rglob("*.html"))
        }

    def shell(
        self, request: Request, page: str, visitor: Visitor | None = None, *, status: int = 200
    ) -> Response:
        """Return a page for somebody.

        Args:
            request: Says the language.
            page: ``AREA/NAME``, such as ``seat/page``; its title is the text ``AREA-title``, for
                another name than ``page`` ``AREA-NAME-title``.
            visitor: Whose token the page carries; None for a page before signing in.
            status: Of the answer.
        """
        language = self._texts.language_of(request)
        key = f"{page.removesuffix('/page').replace('/', '-')}-title"
        values = {
            "lang": language.id,
            "dir": language.direction,
            "token": "" if visitor is None else visitor.token,
            "name": "" if visitor is None else visitor.name,
            "role": "" if visitor is None else visitor.role,
            "title": self._texts.message(language, key) or "Classroom Box",
        }
        text = _MARK.sub(
            lambda match: html.escape(values.get(match["name"], "")), self._shells[page]
        )
        return HTMLResponse(text, status_code=status)

    def _hashed(self, path: Path) -> str:
        text = path.read_text(encoding="utf-8")
        modules: dict[str, None] = {}
        for match in _MODULE.finditer(text):
            modules.update(dict.fromkeys(self._assets.modules_of(match["path"])))
        preloads = "\n".join(
            f'<link rel="modulepreload" href="{module}" {self._integrity(module)}>'
            for module in modules
        )
        text = _TAG.sub(self._with_hash, text)
        return text.replace("{{preloads}}", f"{preloads}\n{_CATALOGUE}")

    def _with_hash(self, match: re.Match[str]) -> str:
        return f"{match[0].rstrip(' /')} {self._integrity(match['path'])}"

    def _integrity(self, path: str) -> str:
        return f'integrity="{self._assets[path].integrity}"'
