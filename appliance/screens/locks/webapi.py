"""Veyon's WebAPI: shows a message on the screen of a computer where nothing of ours runs.

Source: Veyon 4.7.5, plugins/webapi/WebApiController.cpp, and
https://docs.veyon.io/en/4.7/developer/webapi.html. One connection per computer is authenticated
once with a key and used until the WebAPI forgets it. ``GET authentication`` is not used: 4.7.5 of
Debian 12 crashes on it.
"""

import contextlib
import http.client
import json
import ssl
import threading
from collections.abc import Mapping
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote, urlsplit

from appliance.errors import ConfigError, LockError

TEXT_MESSAGE = "e75ae9c8-ac17-4d00-8f0d-019348346208"
KEY_FILE_METHOD = "0c69b301-81b4-42d6-8fae-128cdd113314"
INVALID_CONNECTION = 2
"""WebApiController.h, Error: it has forgotten the connection after a minute or a restart."""

TIMEOUT_S = 5.0
"""Of a request; for a computer that is off the WebAPI itself would wait for 15 s."""
LONGEST_ANSWER = 64 * 1024

INFORMATION = 1
"""QMessageBox::Information, the picture beside the text."""


class VeyonWebApi:
    """A client; its threads may call for different computers at once."""

    def __init__(
        self, url: str, *, key_name: str, key_file: Path, ca_file: Path | None = None
    ) -> None:
        """Read the key; nothing is connected yet.

        Args:
            url: ``https://…:11080``; plain HTTP on this machine itself only, because the key goes
                over it.
            key_name: As ``veyon-cli authkeys`` knows it.
            key_file: The private key; read once.
            ca_file: Who signed its certificate; by default whom this machine trusts.

        Raises:
            ConfigError: The address, the key or the authority cannot be used.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not host:
            raise _wrong(
                key="url", problem=f"{url!r} is no address", next_step="write https://NAME:11080"
            )
        if parts.scheme == "http" and not _is_loopback(host):
            raise _wrong(
                key="url", problem="the key would not be encrypted", next_step="write https://…"
            )
        self._host, self._port, self._prefix = host, parts.port, parts.path.rstrip("/")
        self._context = None if parts.scheme == "http" else _trust(ca_file)
        self._key_name = key_name
        self._key = _read_key(key_file)
        self._mutex = threading.Lock()
        self._connections: dict[str, str] = {}

    def show_message(self, computer: str, text: str) -> None:
        """Show a message on a computer's screen until somebody closes it.

        Args:
            computer: Its name or address, as the WebAPI's machine knows it.
            text: Plain.

        Raises:
            LockError: It could not be shown.
        """
        body = {"active": True, "arguments": {"text": text, "icon": INFORMATION}}
        for fresh in (False, True):
            status, answer = self._call(
                "PUT",
                f"/feature/{TEXT_MESSAGE}",
                body,
                headers={"Connection-Uid": self._connection(computer, fresh=fresh)},
            )
            if status == HTTPStatus.OK:
                return
            if _error_code(answer) != INVALID_CONNECTION:
                break
        raise _refused(computer, status)

    def _connection(self, computer: str, *, fresh: bool) -> str:
        with self._mutex:
            known = self._connections.get(computer)
        if known is not None and not fresh:
            return known
        credentials = {"keyname": self._key_name, "keydata": self._key}
        status, answer = self._call(
            "POST",
            f"/authentication/{quote(computer, safe='')}",
            {"method": KEY_FILE_METHOD, "credentials": credentials},
        )
        if status != HTTPStatus.OK or not isinstance(uid := answer.get("connection-uid"), str):
            raise _refused(computer, status)
        with self._mutex:
            self._connections[computer] = uid
        return uid

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, object],
        *,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Mapping[str, object]]:
        connection = self._open()
        try:
            connection.request(
                method,
                f"{self._prefix}/api/v1{path}",
                body=json.dumps(body),
                headers={"Content-Type": "application/json", **(headers or {})},
            )
            answer = connection.getresponse()
            told = answer.read(LONGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            msg = f"Veyon's WebAPI at {self._host} does not answer: {type(error).__name__}"
            raise LockError(msg) from error
        finally:
            connection.close()
        with contextlib.suppress(ValueError):
            if isinstance(read := json.loads(told), dict):
                return answer.status, read
        return answer.status, {}

    def _open(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_S)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=TIMEOUT_S, context=self._context
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # SSLError is one
        raise _wrong(
            key="ca_file", problem=f"{ca_file} cannot be used", next_step="name its authority"
        ) from error


def _read_key(file: Path) -> str:
    try:
        key = file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(
            key="key_file",
            problem=f"{file} cannot be read",
            next_step="run: veyon-cli authkeys create NAME",
        ) from error
    if "PRIVATE KEY" not in key:
        raise _wrong(
            key="key_file",
            problem=f"{file} is no private key",
            next_step="name keys/private/NAME/key",
        )
    return key


def _error_code(answer: Mapping[str, object]) -> object:
    error = answer.get("error")
    return error.get("code") if isinstance(error, dict) else None


def _refused(computer: str, status: int) -> LockError:
    # Nothing of the answer: what a stranger sends is not for a log.
    return LockError(f"Veyon on {computer} did not show the message (HTTP {status})")


def _wrong(*, key: str, problem: str, next_step: str) -> ConfigError:
    return ConfigError(f"lock.veyon.{key}: {problem}", next_step=next_step)
