"""What systemd, the journal, the clock and the certificates say, in the words of an operator."""

import json
import time
from pathlib import Path

import pytest

from appliance.commands.doctor.links import Diagnosis, Hop, Standing, broken
from appliance.commands.doctor.machine import (
    UnitState,
    certificate_link,
    clock_link,
    read_unit,
    stopped_link,
)
from appliance.host.quarantine import ENDS_FILE
from appliance.settings.load import parse_settings
from appliance.settings.tree import Settings
from tests.support.certificates import Authority

FAILED = UnitState(
    active="failed", result="exit-code", exit_status="78", restarts="0", last_line="theta: wrong"
)


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, **programs: str) -> None:
    """Put programs on the path that print one text each, and leave no others there."""
    for name, text in programs.items():
        program = folder / name
        program.write_text(f"#!/bin/sh\nprintf '%s' '{text}'\n", encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_a_unit_is_read_with_its_last_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From what systemctl and journalctl print."""
    install(
        tmp_path,
        monkeypatch,
        systemctl="LoadState=loaded\nActiveState=failed\nResult=exit-code\n"
        "ExecMainStatus=78\nNRestarts=0\n",
        journalctl="theta: wrong\n",
    )

    assert read_unit() == FAILED


@pytest.mark.parametrize("text", ["LoadState=not-found\nActiveState=inactive\n", ""])
def test_a_unit_that_is_not_installed_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Whether systemd says so, or says nothing."""
    install(tmp_path, monkeypatch, systemctl=text)
    assert read_unit() is None


def test_without_systemd_there_is_no_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither program is on the path."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_unit() is None


def test_a_stopped_service_says_why_and_how_to_go_on(tmp_path: Path) -> None:
    """Exit status, last line, and the camera at which native code ended the process."""
    ends = [
        {"camera": "back", "stage": "reading", "at_s": 1.0},
        {"camera": "front", "stage": "looking", "at_s": 2.0},
    ]
    (tmp_path / ENDS_FILE).write_text(json.dumps(ends), encoding="utf-8")

    link = stopped_link(FAILED, tmp_path)

    assert link.fact == (
        "not running: failed, exit-code; exit status 78; it ended while looking at a picture of "
        "camera front; its last line: theta: wrong"
    )
    assert link.next_step == (
        "the configuration is wrong: sudo classbox check names every problem; then "
        "sudo systemctl start classbox"
    )


@pytest.mark.parametrize("damage", ["", "no JSON", "[]", "[{}]", '{"at_s": 1}'])
def test_a_damaged_list_of_native_ends_hides_nothing(tmp_path: Path, damage: str) -> None:
    """The rest is said all the same."""
    (tmp_path / ENDS_FILE).write_text(damage, encoding="utf-8")

    assert stopped_link(None, tmp_path).fact == "not running, and systemd does not know it"


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        pytest.param("yes", Standing.WORKS, id="synchronised"),
        pytest.param("no", Standing.BROKEN, id="not-synchronised"),
        pytest.param("", Standing.OPEN, id="no-answer"),
    ],
)
def test_the_clock_is_what_systemd_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, standing: Standing
) -> None:
    """No answer is no fault."""
    install(tmp_path, monkeypatch, timedatectl=text)
    assert clock_link().verdict is standing


@pytest.mark.parametrize(
    ("able", "on", "step"),
    [
        pytest.param("no", "no", "sudo apt install systemd-timesyncd", id="nothing-installed"),
        pytest.param("yes", "no", "sudo timedatectl set-ntp true", id="switched-off"),
        pytest.param("yes", "yes", "let the box reach a time server", id="no-server"),
    ],
)
def test_what_helps_the_clock_is_what_can_be_done_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, able: str, on: str, step: str
) -> None:
    """``set-ntp`` fails where nothing is installed that could ask a server."""
    program = tmp_path / "timedatectl"
    program.write_text(
        f'#!/bin/sh\ncase "$2" in *CanNTP) echo {able};; *=NTP) echo {on};; *) echo no;; esac\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert step in clock_link().next_step


def test_a_wrong_clock_never_outranks_what_stops_something() -> None:
    """It is first only where nothing else is broken."""
    clock = broken(Hop.CLOCK, "not synchronised", "synchronise it")
    consent = broken(Hop.CONSENT, "not given", "ask")

    assert Diagnosis(links=(clock, consent)).broken == (consent, clock)
    assert Diagnosis(links=(clock,)).broken == (clock,)


def settings(**mqtt: str) -> Settings:
    """Return settings with a broker."""
    return parse_settings(
        {
            "schema": 1,
            "box": {"site": "s", "room": "r", "id": "b"},
            "policy": {"profile": "fatigue-only"},
            "mqtt": mqtt,
            "cameras": {"c": {"source": "/dev/video0", "seats": {"a": {"terminal": "t"}}}},
        },
        origin="test",
    )


@pytest.mark.parametrize(
    ("days", "standing", "words"),
    [
        pytest.param(30, Standing.WORKS, "ends in 30 days", id="a-month"),
        pytest.param(6, Standing.BROKEN, "ends in 6 days", id="six-days"),
        pytest.param(0, Standing.BROKEN, "cannot be used", id="over"),
    ],
)
def test_a_certificate_that_ends_soon_is_broken_already(
    tmp_path: Path, days: int, standing: Standing, words: str
) -> None:
    """Before the broker refuses it."""
    authority = Authority.create(tmp_path / "ca")
    certificate, key = authority.sign("box-1", days=days)
    if days == 0:
        time.sleep(1.1)  # certificates count in seconds
    own = settings(
        ca_file=str(authority.certificate), cert_file=str(certificate), key_file=str(key)
    )

    link = certificate_link(own, problems=(), now_s=time.time())

    assert link.verdict is standing
    assert words in link.fact


def test_without_tls_there_is_no_certificate_to_end() -> None:
    """And what a running box says of the broker's comes first."""
    plain = settings(host="localhost")

    assert certificate_link(plain, problems=(), now_s=0.0).verdict is Standing.WORKS
    said = certificate_link(
        plain, problems=("broker: away", "certificate: the broker's has ended; renew"), now_s=0.0
    )
    assert (said.verdict, said.fact) == (Standing.BROKEN, "the broker's has ended; renew")
