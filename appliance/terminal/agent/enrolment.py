"""How the server knows this computer: a cookie that a one-time code was exchanged for."""

import http.client
import json
import os
import ssl
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import SplitResult

from appliance.errors import ConfigError, StorageError
from appliance.terminal.agent.stream import open_connection

COOKIE_FILE = "cookie"
OK = 200


def read_cookie(folder: Path) -> str:
    """Return the header of an enrolled computer.

    Raises:
        ConfigError: It is not enrolled.
    """
    try:
        return (folder / COOKIE_FILE).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        msg = "this computer is not enrolled"
        raise ConfigError(
            msg, next_step="take a code of its seat from the page /box and add: --code CODE"
        ) from None


def enrol(server: SplitResult, context: ssl.SSLContext | None, *, code: str, folder: Path) -> None:
    """Exchange a code for a cookie and keep it, for this account's eyes only.

    Raises:
        ConfigError: The server refuses the code.
        OSError: The server cannot be reached.
        StorageError: The cookie cannot be kept.
    """
    connection = open_connection(server, context)
    try:
        connection.request(
            "POST",
            "/enrol",
            body=json.dumps({"code": code}),
            headers={
                "Content-Type": "application/json",
                "Origin": f"{server.scheme}://{server.netloc}",
            },
        )
        answer = connection.getresponse()
        answer.read()
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()
    cookies = SimpleCookie(answer.headers.get("Set-Cookie", ""))
    if answer.status != OK or not cookies:
        msg = f"the server did not take the code (HTTP {answer.status})"
        raise ConfigError(
            msg, next_step="take a new one from the page /box; it is good for an hour"
        )
    _keep(folder, "; ".join(f"{name}={one.value}" for name, one in cookies.items()))


def _keep(folder: Path, cookie: str) -> None:
    file = folder / COOKIE_FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(cookie)
    except OSError as error:
        msg = f"{file} cannot be written ({error.strerror})"
        raise StorageError(msg, next_step="name another folder with --state") from error
