"""The pages on a machine that was set up: who may see them, and what a code is good for."""

import json
import re
import textwrap
from collections.abc import Mapping

from acceptance.install.checks import Check, exposure, stays_down
from acceptance.machine import Machine

UNIT = "classbox-screens.service"
SETTINGS = "/etc/classbox-screens/screens.toml"
TERMINAL = "pc-02"
"""No program of its own runs on it, so that the screens speak for it."""

WRONG = f"cp {SETTINGS} /root/screens.toml && printf '[screen]\\n' >> {SETTINGS}"
HEAL = f"cp /root/screens.toml {SETTINGS}; systemctl restart {UNIT}"

ASKING = textwrap.dedent("""
    import json, ssl, sys, urllib.error, urllib.request
    asked = json.loads(sys.argv[1])
    trust = ssl.create_default_context(cafile=asked["trust"])
    request = urllib.request.Request(
        "https://localhost:8443" + asked["path"],
        data=json.dumps(asked["body"]).encode() if "body" in asked else None,
        headers=asked["headers"],
    )
    try:
        answer = urllib.request.urlopen(request, context=trust, timeout=20)
    except urllib.error.HTTPError as refused:
        answer = refused
    except urllib.error.URLError as error:
        print(json.dumps({"status": 0, "headers": {}, "text": str(error.reason)}))
        sys.exit()
    text = answer.read().decode(errors="replace")
    print(json.dumps({"status": answer.status, "headers": dict(answer.headers), "text": text}))
""")
"""Debian's own Python as a browser, with the authorities that it is told to trust."""


def _ask(
    machine: Machine,
    path: str,
    *,
    body: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    trust: str | None = "/etc/classbox/pki/ca.crt",
) -> tuple[int, Mapping[str, str], str]:
    """Ask for a page; return status (0: not trusted), headers in lower case, and text."""
    asked = {"path": path, "trust": trust, "headers": headers or {}}
    if body is not None:
        asked["body"] = body
    said = machine.run(f"python3 -c '{ASKING}' '{json.dumps(asked)}'").text
    answer = json.loads(said)
    return answer["status"], {k.lower(): v for k, v in answer["headers"].items()}, answer["text"]


def _trusted(machine: Machine) -> tuple[bool, str]:
    """Who trusts the room's authority sees the page; who does not is warned."""
    machine.run(f"for i in $(seq 30); do systemctl is-active {UNIT} && break; sleep 1; done")
    status, headers, text = _ask(machine, "/enrol")
    stranger, _, reason = _ask(machine, "/enrol", trust=None)
    policy = headers.get("content-security-policy", "")
    passed = (
        (status, stranger) == (200, 0)
        and "<!doctype html>" in text.lower()
        and "default-src 'none'" in policy
    )
    return passed, f"{status}, {policy}; without the authority: {reason}" if passed else text


def _enrols(machine: Machine) -> tuple[bool, str]:
    """A code makes a browser the terminal's, once, and the screens speak for it at the broker."""
    printed = machine.run(f"classbox screens code {TERMINAL}").text
    found = re.search(r"\b[A-Z0-9]{5}-?[A-Z0-9]{5}\b", printed)
    if found is None:
        return False, printed
    headers = {"Content-Type": "application/json", "Origin": "https://localhost:8443"}
    page, first, text = _ask(machine, "/enrol")
    token = re.search(r'name="classbox-token" content="([^"]*)"', text)
    headers["X-Classbox-Token"] = token[1] if token else ""
    headers["Cookie"] = first.get("set-cookie", "").partition(";")[0]
    body = {"code": found[0]}
    status, got, text = _ask(machine, "/enrol", body=body, headers=headers)
    cookie = got.get("set-cookie", "")
    again, _, _ = _ask(machine, "/enrol", body=body, headers=headers)
    seat, _, _ = _ask(machine, "/seat", headers={"Cookie": cookie.partition(";")[0]})
    passed = (
        (page, status, seat) == (200, 200, 200)
        and again != status
        and all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Secure"))
    )
    return passed, f"{text}; again {again}; seat {seat}; {cookie.partition('=')[2][-60:]}"


def _apart(machine: Machine) -> tuple[bool, str]:
    """What runs as the service sees neither the box's keys nor its databases nor a camera."""
    pid = machine.run(f"systemctl show -P MainPID {UNIT}").text.strip()
    enter = f"nsenter --target {pid} --mount --setuid $(id -u classbox-screens) --setgid 0"
    looks = ("/etc/classbox/pki", "/var/lib/classbox", "/run/classbox", "/etc/mosquitto/classbox")
    seen = [path for path in looks if machine.run(f"{enter} ls {path}").code == 0]
    devices = machine.run(f"{enter} ls /dev").text.split()
    cameras = [name for name in devices if name.startswith("video")]
    owner = machine.run(f"stat -c %U /proc/{pid}").text.strip()
    passed = not seen and not cameras and owner == "classbox-screens" and "null" in devices
    return passed, f"{owner} sees of these: {', '.join(seen + cameras) or 'nothing'}"


CHECKS = (
    Check("screens: HTTPS with the room's authority", _trusted),
    Check("screens: a code enrols a browser, once", _enrols),
    Check("screens: exposure by systemd's own judgement", exposure(UNIT)),
    Check("screens: nothing of the box in sight", _apart),
    Check("screens: 78 for a wrong configuration", stays_down(WRONG, 78, "screen", UNIT, HEAL)),
)
