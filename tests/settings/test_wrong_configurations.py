"""Wrong configurations: all that is wrong is said in one round, with file, key and next step."""

import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from appliance.__main__ import main
from appliance.errors import ConfigError
from appliance.settings.load import examine, load_service_settings, load_settings
from appliance.settings.tree import Settings
from tests.support.certificates import Authority
from tests.support.configuration_workshop import MAIN, SECRET, Fault, Workshop
from tests.support.wrong_configurations import FAULTS

BY_NAME = {fault.name: fault for fault in FAULTS}

TOGETHER: list[Fault] = []
"""As many as can be made at once."""
for each in FAULTS:
    if each.against.isdisjoint(other.name for other in TOGETHER):
        TOGETHER.append(each)

TABLE: dict[str, list[str]] = {
    "nothing-chosen": ["no-profile", "no-site"],
    "typing-mistakes": ["unknown-key", "unknown-table", "unknown-key-in-config-d"],
    "the-same-mistake-in-two-files": ["unknown-table", "same-key-in-two-files"],
    "three-damaged-files": ["damaged-toml", "damaged-config-d", "damaged-twice", "not-utf-8"],
    "damaged-and-incomplete": ["damaged-config-d", "no-profile", "camera-without-seats"],
    "a-camera-added-in-haste": ["seat-twice", "terminal-twice", "wrong-scheme"],
    "fields-hide-no-cross-checks": ["theta-above-one", "seat-twice", "terminal-twice", "no-frames"],
    "cross-checks-hide-no-fields": ["alert-that-cannot-be", "clears-at-once", "port-as-text"],
    "files-hide-nothing": ["missing-ca", "open-password-file", "unknown-key", "no-models"],
    "broker-by-certificate": ["open-key", "missing-ca"],
    "certificate-without-authority": ["certificate-without-ca", "port-as-text"],
    "half-a-certificate": ["certificate-without-key", "key-as-ca"],
    "password-mixed-up": ["password-as-a-setting", "password-without-user"],
    "everybody-may-read": ["open-password-file", "open-key", "open-camera-password"],
    "demo-in-a-school": ["demo-profile"],
    "demo-and-more": ["demo-profile", "state-folder-is-a-file", "no-such-step"],
    "state-folder-in-the-way": ["state-folder-is-a-file"],
    "folders": ["state-folder-is-a-file", "no-models"],
    "only-models": ["no-models", "tells-who", "missing-artifact", "unknown-learner"],
    "wrong-profile-and-models": ["wrong-profile", "no-models"],
    "variables": ["misspelt-variable", "variable-with-one-underscore", "wrong-variable"],
    "variables-and-files": ["region-in-words", "theta-above-one", "unknown-key"],
    "passwords-in-the-open": ["password-in-the-environment", "open-camera-password"],
    "seats": ["empty-region", "consent-in-other-words", "seat-id-with-capitals"],
    "cameras": ["camera-without-seats", "camera-without-source", "no-frames"],
    "old-file": ["no-schema", "table-as-number", "source-is-a-number"],
    "engines": ["mediapipe-without-model", "too-many-lanes"],
    "unknown-engine": ["unknown-engine", "neither-true-nor-false", "retention-as-text"],
    "names": ["room-with-a-space", "seat-id-with-capitals", "no-site"],
    "everything-at-once": [fault.name for fault in TOGETHER],
}


@pytest.fixture
def command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run ``classbox`` in this process; return exit code, standard output and error."""
    before = structlog.get_config()
    monkeypatch.setattr("appliance.commands.box.run.forbid_core_dumps", lambda: None)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["classbox", *words])
        with pytest.raises(SystemExit) as left:
            main()
        structlog.configure(**before)
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return run


def make(
    folder: Path, faults: list[Fault], authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, dict[str, int]]:
    """Write a configuration with mistakes; return it, and how often each head of a line comes."""
    shop = Workshop(folder, authority)
    for fault in faults:
        fault.make(shop)
    config = shop.write()
    for name, value in shop.environment.items():
        monkeypatch.setenv(name, value)
    last = sum(map(len, (shop.files[MAIN], shop.damage.get(MAIN, []))))
    heads: dict[str, int] = {}
    for fault in faults:
        file = fault.file if fault.file.startswith("environment ") else str(folder / fault.file)
        heads[f"{file}: {fault.key.format(last=last)}: "] = fault.lines
    return config, heads


def complain(lines: list[str], faults: list[Fault], heads: dict[str, int]) -> list[str]:
    """Return what is not said, or said of nobody's mistake."""
    missing: list[str] = []
    for fault, head in zip(faults, heads, strict=True):
        said = [line for line in lines if line.startswith(head)]
        if not any(all(part in line for part in fault.says) for line in said):
            missing.append(f"{fault.name}: {said}")
    # Each has a next step behind the fact.
    return missing + [line for line in lines if "; " not in line.split(": ", 2)[2]]


@pytest.mark.parametrize("names", TABLE.values(), ids=TABLE.keys())
def test_one_round_says_everything(
    names: list[str],
    tmp_path: Path,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    command_line: Callable[..., tuple[int, str, str]],
) -> None:
    """``run`` and ``check`` end with 78, and neither says a password."""
    faults = [BY_NAME[name] for name in names]
    config, heads = make(tmp_path, faults, authority, monkeypatch)

    code, out, err = command_line("run", "--config", str(config))
    check_code, report, check_err = command_line(
        "check", "--offline", "--json", "--config", str(config)
    )

    assert (code, check_code, out, check_err) == (78, 78, "", "")
    first, *lines = err.splitlines()
    lines = [line.removeprefix("  ") for line in lines]
    assert first == f"{config}: {len(lines)} problem(s)"
    assert complain(lines, faults, heads) == []
    assert len(lines) == sum(heads.values())
    checks = [one for one in json.loads(report)["checks"] if one["subject"] == "configuration"]
    assert [
        f"{one['file']}: {one['key']}: {one['problem']}; {one['next_step']}" for one in checks
    ] == lines
    assert SECRET not in err + report


def test_the_table_is_as_long_as_promised() -> None:
    """Thirty configurations, one with at least twenty-five mistakes; each mistake stands in one."""
    assert len(TABLE) == 30
    assert len(TOGETHER) >= 25
    assert set(BY_NAME) == {name for names in TABLE.values() for name in names}


@pytest.mark.parametrize("first", FAULTS, ids=[fault.name for fault in FAULTS])
def test_no_mistake_hides_another(
    first: Fault, tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any two together are both said, whatever kind each is."""
    for second in FAULTS[FAULTS.index(first) + 1 :]:
        if second.name in first.against:
            continue
        folder = tmp_path / second.name
        folder.mkdir()
        with monkeypatch.context() as patch:
            config, heads = make(folder, [first, second], authority, patch)
            problems = [str(problem) for problem in examine(config).problems]

        assert complain(problems, [first, second], heads) == [], second.name
        assert len(problems) == sum(heads.values()), problems
        assert SECRET not in "".join(problems)


def test_the_configuration_they_are_made_in_is_right(tmp_path: Path, authority: Authority) -> None:
    """No line of the others comes from the bench they were made on."""
    assert load_service_settings(Workshop(tmp_path, authority).write()).box.id == "box-1"


def test_pairs_are_not_left_out_in_silence() -> None:
    """A mistake names another as impossible beside it, and the other names it."""
    for first, second in itertools.combinations(FAULTS, 2):
        assert (second.name in first.against) == (first.name in second.against)


@pytest.mark.parametrize("load", [load_settings, load_service_settings])
def test_a_missing_file_is_said_alone(tmp_path: Path, load: Callable[[Path], Settings]) -> None:
    """Nobody reads that a site is missing in a file that is not there."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.toml")

    _, line = str(caught.value).splitlines()
    assert line.strip() == (
        f"{tmp_path / 'none.toml'}: (the file): there is no such file; "
        "run: sudo classbox setup, or copy /usr/share/doc/classbox/examples/config.toml there"
    )


_PLACES = (
    "box",
    "box.state_dir",
    "box.models_dir",
    "policy.profile",
    "mqtt",
    "mqtt.ca_file",
    "warning",
    "cameras",
    "cameras.front",
    "cameras.front.source",
    "cameras.front.seats",
    "cameras.front.seats.a01",
)
_JUNK = ("1", "-0.5", '"text"', "true", "[]", "[1, 2]", "{ a = 1 }", "{}")


@given(values=st.dictionaries(st.sampled_from(_PLACES), st.sampled_from(_JUNK), min_size=1))
def test_whatever_stands_there_it_is_no_traceback(
    values: dict[str, str], tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> None:
    """Numbers, lists and tables where something else belongs: problems, each with a next step."""
    shop = Workshop(tmp_path_factory.mktemp("junk"), authority)
    for key in values:
        for other in [each for each in shop.files[MAIN] if each.startswith(key)]:
            shop.remove(other)
    for key, value in values.items():
        if not any(key != other and key.startswith(f"{other}.") for other in values):
            shop.set(key, value)

    examined = examine(shop.write())

    assert examined.settings is not None or examined.problems
    assert all(problem.problem and problem.next_step for problem in examined.problems)
