"""``classbox screens check``: everything that would keep pages from being served."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import typer

from appliance.commands.options import JsonOption
from appliance.commands.screens.options import SCREENS, ScreensOption
from appliance.errors import ApplianceError, ConfigError
from appliance.mqtt.wire.certificate import own_certificate_ends_s, served_certificate_ends_s
from appliance.screens.http.texts import Texts
from appliance.screens.http.visitors import Role
from appliance.screens.people.accounts import Accounts
from appliance.settings.load import examine_screens, identity_in, terminals_of
from appliance.settings.reading.problems import Problem
from appliance.settings.screens import ScreensSettings
from appliance.settings.terminal import TerminalSettings

SOON_S = 21 * 24 * 3600.0
"""Before a certificate ends it is said; renewing takes a minute, but somebody has to be there."""

Row = dict[str, str]
"""``name``, ``problem``, ``note``, ``next_step``; all but the name may be empty."""


def check(config: ScreensOption = SCREENS, *, as_json: JsonOption = False) -> None:
    """Look at configuration, keys, certificates, terminals and accounts; all problems at once."""
    rows = look(config)
    wrong = any(row["problem"] for row in rows)
    if as_json:
        typer.echo(json.dumps({"ok": not wrong, "checks": rows}))
    else:
        for row in rows:
            _show(row)
    raise typer.Exit(ConfigError.exit_code if wrong else 0)


def look(config: Path) -> list[Row]:
    """Return how each thing is."""
    settings, problems = examine_screens(config)
    rows = [_problem(one) for one in problems]
    if not rows:
        rows.append(_row("configuration"))
    if settings is None:
        return rows
    wrong = {one.key for one in problems}
    if "screens.cert_file" not in wrong and "screens.key_file" not in wrong:
        rows += _certificate(settings)
    names: list[str] = []
    if "screens.terminals" not in wrong:
        rows += _terminals(settings, names)
        rows += _strangers(settings, names)
    for role in ("teacher", "it"):
        if f"screens.{role}" not in wrong:
            rows.append(_client(settings, role, names))
    rows += _twice(names)
    if "screens.texts" not in wrong:
        rows.append(_languages(settings))
    if "screens.state_dir" not in wrong:
        rows += _accounts(settings)
    return rows


def _certificate(settings: ScreensSettings) -> Iterator[Row]:
    cert_file, key_file = settings.screens.cert_file, settings.screens.key_file
    if cert_file is None or key_file is None:
        yield _row("certificate", note="none: plain HTTP, for this machine alone")
    else:
        ends_s = served_certificate_ends_s(cert_file, key_file)
        yield _row(f"certificate {cert_file}", note=_until(ends_s))


def _terminals(settings: ScreensSettings, names: list[str]) -> Iterator[Row]:
    """Yield how the terminals are, and add their ids to ``names``."""
    found: list[TerminalSettings] = []
    for one in terminals_of(settings):
        if isinstance(one, ConfigError):
            yield _row("terminal", problem=one.problem, next_step=one.next_step)
        else:
            found.append(one)
    for each in found:
        yield _row(f"terminal {each.terminal.id}", note=_until(_ends_s(each)))
    if not found:
        yield _row(
            "terminals",
            problem=f"no terminal in {settings.screens.terminals}",
            next_step="put the folders there that classbox setup made, one per terminal",
        )
    names += [one.terminal.id for one in found]


def _strangers(settings: ScreensSettings, names: list[str]) -> Iterator[Row]:
    """Yield what Veyon is told of terminals that there are not."""
    veyon = settings.lock.veyon
    for key, told in (("agents", veyon.agents), ("hosts", veyon.hosts)):
        if strange := [name for name in told if name not in names]:
            yield _row(f"lock.veyon.{key}", note=f"no terminal is called {', '.join(strange)}")


def _twice(names: list[str]) -> Iterator[Row]:
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield _row(
                name,
                problem="has two folders, and two clients with one identity throw each other off",
                next_step="take one of them away, or name another",
            )


def _client(settings: ScreensSettings, role: str, names: list[str]) -> Row:
    folder = settings.screens.teacher if role == "teacher" else settings.screens.it
    if folder is None:
        return _row(role, note=f"screens.{role} is not set: there is no such page")
    try:
        found = identity_in(folder, settings)
    except ConfigError as error:
        return _row(role, problem=error.problem, next_step=error.next_step)
    names.append(found.terminal.id)
    return _row(f"{role} {found.terminal.id}", note=_until(_ends_s(found)))


def _languages(settings: ScreensSettings) -> Row:
    try:
        texts = Texts(own=settings.screens.texts, usual=settings.screens.language)
    except ConfigError as error:
        return _row("texts", problem=error.problem, next_step=error.next_step)
    return _row(f"texts {', '.join(texts.languages)}")


def _accounts(settings: ScreensSettings) -> Iterator[Row]:
    folder = settings.screens.state_dir
    if not folder.exists():
        accounts = []  # not made here: it would be root's
    else:
        try:
            accounts = Accounts(folder).all()
        except ApplianceError as error:
            yield _row("accounts", problem=error.problem, next_step=error.next_step)
            return
    for role, client in ((Role.TEACHER, settings.screens.teacher), (Role.IT, settings.screens.it)):
        count = sum(one.role is role for one in accounts)
        if client is not None and not count:
            step = f"sudo classbox screens account add NAME --role {role}"
            yield _row(f"accounts {role}", note=f"none, so nobody can sign in: {step}")
        else:
            yield _row(f"accounts {role} ({count})")


def _ends_s(identity: TerminalSettings) -> float | None:
    cert_file, key_file = identity.mqtt.cert_file, identity.mqtt.key_file
    if cert_file is None or key_file is None:
        return None
    try:
        return own_certificate_ends_s(cert_file, key_file)
    except (OSError, ValueError):  # said with the configuration
        return None


def _until(ends_s: float | None) -> str:
    if ends_s is None or ends_s - time.time() > SOON_S:
        return ""
    day = time.strftime("%Y-%m-%d", time.localtime(ends_s))
    return f"ends on {day}: sudo classbox pki renew"


def _problem(one: Problem) -> Row:
    return _row(f"{one.file}: {one.key}", problem=one.problem, next_step=one.next_step)


def _row(name: str, *, problem: str = "", note: str = "", next_step: str = "") -> Row:
    return {"name": name, "problem": problem, "note": note, "next_step": next_step}


def _show(row: Row) -> None:
    if row["problem"]:
        step = f"; {row['next_step']}" if row["next_step"] else ""
        typer.secho(f"✗ {row['name']}: {row['problem']}{step}", fg="red")
    elif row["note"]:
        typer.secho(f"! {row['name']}: {row['note']}", fg="yellow")
    else:
        typer.echo(f"✓ {row['name']}")
