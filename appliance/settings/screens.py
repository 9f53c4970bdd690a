"""``screens.toml``: what ``classbox screens`` serves, to whom and how; nothing of a box's."""

import ipaddress
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from appliance.settings.section import Expected, Id, Objection, SchemaVersion, Section

Language = Annotated[
    str,
    Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"),
    Expected("a language tag, such as en, de or pt-BR"),
]
"""As in HTML."""


class ScreensTable(Section):
    """Where pages are served, and whose keys they speak with."""

    site: Id
    """School, as it stands in every topic."""

    room: Id
    """Classroom, as it stands in every topic."""

    host: str = Field(default="127.0.0.1", min_length=1)
    """Address to listen on; 0.0.0.0 is every one of this machine."""

    port: int = Field(default=8443, ge=1, le=65535)
    """TCP port."""

    cert_file: Path | None = None
    """Certificate that browsers trust, with those between it and its authority."""

    key_file: Path | None = Field(default=None, validate_default=True)
    """The key of ``cert_file``; without both, HTTP for this machine alone."""

    state_dir: Path = Path("/var/lib/classbox-screens")
    """Accounts, sessions, the record of what people did; nobody else may look into it."""

    terminals: Path = Path("/etc/classbox-screens/terminals")
    """Folder with one folder per terminal, as ``classbox setup`` makes them."""

    teacher: Path | None = None
    """Such a folder of a teacher's client; without it there is no teacher's page."""

    it: Path | None = None
    """Such a folder of an IT person's client; without it there is no page of the box."""

    language: Language = "en"
    """For a browser that asks for none that there is."""

    texts: Path | None = None
    """Folder with more languages, one ``LANGUAGE.ftl`` each."""

    origin: str | None = Field(default=None, validate_default=True)
    """Where browsers find the pages, such as https://box-1.school:8443; made of host and port."""

    @field_validator("key_file")
    @classmethod
    def _pair_is_complete(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if "cert_file" in info.data and (info.data["cert_file"] is None) != (file is None):
            raise Objection(
                "cert_file and key_file belong together", "set both, or neither"
            ).as_error()
        if file is None and "host" in info.data and not is_loopback(info.data["host"]):
            raise Objection(
                "is missing, and without HTTPS everybody in the network reads passwords along",
                'set cert_file and key_file, or host = "127.0.0.1"',
            ).as_error()
        return file

    @field_validator("origin")
    @classmethod
    def _origin_is_one(cls, origin: str | None, info: ValidationInfo) -> str | None:
        if not {"host", "key_file"} <= info.data.keys():
            return origin
        scheme = "http" if info.data["key_file"] is None else "https"
        if origin is None:
            if info.data["host"] in _EVERYWHERE:
                raise Objection(
                    "is missing: host is every address of this machine, and none is its name",
                    "set it to what people type, such as https://box-1.school:8443",
                ).as_error()
            return None
        if not _is_origin(origin, scheme):
            raise Objection(
                f"is no address of pages: {scheme}://, a name and a port, and nothing behind it",
                f"write it like {scheme}://box-1.school:8443",
            ).as_error()
        return origin.rstrip("/")

    @property
    def secure(self) -> bool:
        """Pages are served by HTTPS."""
        return self.key_file is not None

    @property
    def public_origin(self) -> str:
        """Where browsers find the pages."""
        return self.origin or self._own_origin(self.host)

    @property
    def hosts(self) -> frozenset[str]:
        """Every ``Host`` by which a browser may come."""
        here = ("localhost", "127.0.0.1", "[::1]")
        names = here if is_loopback(self.host) or self.host in _EVERYWHERE else (self.host,)
        origins = [self.public_origin, *map(self._own_origin, names)]
        return frozenset(urlsplit(origin).netloc.lower() for origin in origins)

    def _own_origin(self, name: str) -> str:
        scheme, usual = ("https", 443) if self.secure else ("http", 80)
        name = f"[{name}]" if ":" in name and not name.startswith("[") else name
        return f"{scheme}://{name}" + ("" if self.port == usual else f":{self.port}")


class ContentTable(Section):
    """What the school has to say on a topic."""

    folder: Path | None = None
    """Own hints and content; what is built in is used besides."""

    link: Annotated[
        str | None,
        Field(pattern=r"^https://([^\s\"'<>\\{}]|\{topic\})+$"),
        Expected("an https:// address, in braces {topic} alone"),
    ] = None
    """Link to a learning platform, with {topic} in it."""


class LockKind(StrEnum):
    """What covers a screen."""

    PAGE = "page"
    """The page itself, over all of it; whoever wants to can leave it."""

    NOTICE = "notice"
    """A message and no lock."""

    VEYON = "veyon"
    """Veyon locks where our agent runs and ends it; elsewhere it shows a message."""


class VeyonTable(Section):
    """Veyon's WebAPI, and how it knows us."""

    url: Annotated[
        str,
        Field(pattern=r"^https?://[^\s/]+$"),
        Expected("http:// or https://, a name and a port, and nothing behind it"),
    ] = "http://127.0.0.1:11080"
    """Where the WebAPI answers."""

    key_name: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9_-]{1,32}$"),
        Expected("letters, digits, _ and -, at most 32"),
    ] = "classbox"
    """Name of the key in Veyon."""

    key_file: Path | None = None
    """The private key; Veyon's public one lies on each PC."""

    agents: tuple[Id, ...] = ()
    """Terminals whose own agent ends a lock; only those are locked."""

    hosts: dict[Id, str] = Field(default_factory=dict)
    """Terminal to the name or address of its PC; its id is its name without."""


class LockTable(Section):
    """How a screen is locked."""

    kind: LockKind = LockKind.PAGE
    """Page, notice or Veyon."""

    veyon: VeyonTable = VeyonTable()


class ScreensSettings(Section):
    """Everything that can be configured of the pages."""

    schema_version: SchemaVersion
    """Version of this file's layout; always 1."""

    screens: ScreensTable
    content: ContentTable = ContentTable()
    lock: LockTable = LockTable()


_EVERYWHERE = frozenset(str(one(0)) for one in (ipaddress.IPv4Address, ipaddress.IPv6Address))
"""0.0.0.0 and ::."""


def is_loopback(host: str) -> bool:
    """Tell whether nobody but this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_origin(origin: str, scheme: str) -> bool:
    try:
        parts = urlsplit(origin)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    bare = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    return parts.scheme == scheme and named and bare
