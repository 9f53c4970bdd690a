"""Files that this account may not read, and passwords that everybody may."""

import grp
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.permissions import CREDENTIALS
from appliance.settings.load import examine, load_settings
from tests.support.certificates import Authority
from tests.support.configuration_workshop import MAIN, SECRET, Workshop

NOBODY = 65534
OTHER_GROUP = 1


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may enter; pytest's own is closed."""
    folder = Path(tempfile.mkdtemp(prefix="classbox-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Be an account without rights while a block lasts; whoever is not root is one already."""
    me = os.geteuid()
    if me == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(me)


def lines_of(shop: Workshop) -> list[str]:
    """Return the problems that somebody else is told."""
    config = shop.write()
    examine(config)  # what is imported late lies where only this account may go
    with as_somebody_else():
        return [str(problem) for problem in examine(config).problems]


def test_all_files_that_may_not_be_read_are_said_at_once(
    open_folder: Path, authority: Authority
) -> None:
    """Two of ``config.d``, a certificate and the password, each with its owner and the command."""
    shop = Workshop(open_folder, authority)
    shop.set("box.state_dir", '"/tmp/classbox-state-of-nobody"')
    shop.set("mqtt.username", '"box-1"')
    shop.set("mqtt.password_file", shop.path("password", SECRET, mode=0o000))
    shop.set("mqtt.ca_file", shop.path("ca.crt", "", mode=0o000))
    shop.modes[MAIN] = 0o644
    for name in ("10-a.toml", "20-b.toml"):
        shop.set("warning.theta", "0.6", file=f"config.d/{name}")
        shop.modes[f"config.d/{name}"] = 0o000

    lines = lines_of(shop)

    assert len(lines) == 4
    for head, path in {
        f"{open_folder}/config.d/10-a.toml: (the file)": "config.d/10-a.toml",
        f"{open_folder}/config.d/20-b.toml: (the file)": "config.d/20-b.toml",
        f"{open_folder}/config.toml: mqtt.password_file": "password",
        f"{open_folder}/config.toml: mqtt.ca_file": "ca.crt",
    }.items():
        said = f"{head}: this account may not read {open_folder / path} (owner "
        (line,) = (line for line in lines if line.startswith(said))
        assert (
            f"mode 0000); run: sudo chgrp classbox {open_folder / path} && sudo chmod g+r " in line
        )


def test_a_closed_config_d_is_not_taken_for_an_empty_one(
    open_folder: Path, authority: Authority
) -> None:
    """The service would run without what stands in it."""
    shop = Workshop(open_folder, authority)
    shop.set("box.state_dir", '"/tmp/classbox-state-of-nobody"')
    shop.modes[MAIN] = 0o644
    shop.set("warning.theta", "0.6", file="config.d/10-a.toml")
    (open_folder / "config.d").mkdir(mode=0o700 if os.geteuid() == 0 else 0o300)

    (line,) = lines_of(shop)

    assert line.startswith(f"{open_folder}/config.d: (the folder): this account may not read")
    assert "chmod g+rx" in line


def test_a_closed_configuration_says_whose_it_is(open_folder: Path, authority: Authority) -> None:
    """The first thing that goes wrong on a new machine: root wrote it, the service reads it."""
    shop = Workshop(open_folder, authority)
    shop.modes[MAIN] = 0o000

    (line,) = lines_of(shop)

    assert line.startswith(f"{shop.config}: (the file): this account may not read {shop.config}")
    assert f"run: sudo chgrp classbox {shop.config} && sudo chmod g+r {shop.config}" in line


def test_a_folder_that_is_the_services_asks_for_sudo_once(
    open_folder: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Owner, group and mode are right: only whoever asks is not in the group."""
    folder = open_folder / "etc"
    folder.mkdir()
    shop = Workshop(folder, authority)
    shop.set("warning.theta", "0.6", file="config.d/10-a.toml")
    shop.write()
    if os.geteuid() == 0:
        os.chown(folder, 0, OTHER_GROUP)
    folder.chmod(0o750 if os.geteuid() == 0 else 0o050)
    group = grp.getgrgid(folder.stat().st_gid).gr_name
    monkeypatch.setattr("appliance.permissions.GROUP", group)

    with as_somebody_else():
        (line,) = [str(problem) for problem in examine(folder / MAIN).problems]
    folder.chmod(0o755)

    assert line.startswith(f"{folder / MAIN}: (the file): this account may not enter {folder}; ")
    assert "run it with sudo: sudo classbox" in line
    assert "chgrp" not in line


def test_a_state_folder_of_somebody_else_is_said(open_folder: Path, authority: Authority) -> None:
    """Before the service starts, and by ``check`` in the same words."""
    shop = Workshop(open_folder, authority)
    shop.modes[MAIN] = 0o644
    (open_folder / "state").mkdir(mode=0o500 if os.geteuid() else 0o700)

    (line,) = lines_of(shop)

    assert f"box.state_dir: cannot write into {open_folder / 'state'}; set another" in line


@pytest.mark.parametrize(
    ("source", "secret"),
    [
        pytest.param("rtsp://me:{}@camera/1", True, id="password"),
        pytest.param("rtsp://me:a#{}@camera/1", True, id="unescaped-sign"),
        pytest.param("http://camera/video?user=me&pwd={}", True, id="in-the-query"),
        pytest.param("rtsp://camera/1", False, id="none"),
        pytest.param("http://camera/video?size=large", False, id="harmless-query"),
        pytest.param("/srv/me:{}@clip.mp4", False, id="a-path"),
    ],
)
@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_a_password_belongs_into_a_closed_file(
    tmp_path: Path, authority: Authority, source: str, *, secret: bool, mode: int
) -> None:
    """Whether it stands before the address or behind it; and it is never repeated."""
    shop = Workshop(tmp_path, authority)
    name = "config.d/10-cameras.toml"
    shop.set("cameras.front.source", f'"{source.format(SECRET)}"', file=name)
    shop.modes[name] = mode

    lines = [str(problem) for problem in examine(shop.write()).problems]

    asked = (
        f"{tmp_path / name}: cameras.front.source: everybody can read the password in this file; "
        f"run: chmod o-rwx {tmp_path / name}"
    )
    said = [line for line in lines if "everybody" in line]
    assert said == ([asked] if secret and mode == 0o644 else [])
    assert SECRET not in "".join(lines)


def test_who_says_no_does_not_wait_for_a_certificate(tmp_path: Path, authority: Authority) -> None:
    """Commands beside the service work while its files are being renewed."""
    shop = Workshop(tmp_path, authority)
    shop.set("mqtt.ca_file", '"/none/ca.crt"')
    config = shop.write()

    assert [problem.key for problem in examine(config).problems] == ["mqtt.ca_file"]
    assert load_settings(config).box.id == "box-1"


def test_a_file_that_systemd_hands_over_is_looked_at_where_it_lies(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service may not read the configured one."""
    shop = Workshop(tmp_path, authority)
    shop.set("mqtt.ca_file", '"/none/ca.crt"')
    handed = tmp_path / "handed"
    handed.mkdir()
    (handed / f"{CREDENTIALS}_ca.crt").write_bytes((authority.folder / "ca.crt").read_bytes())
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(handed))

    assert examine(shop.write()).problems == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize(
    ("how", "fact", "step"),
    [
        ("others-file", "it belongs to nobody (mode 0644)", "run: sudo chown root {file}"),
        ("open-file", "its group root may write (mode 0664)", "run: sudo chmod go-w {file}"),
        (
            "everybodys-file",
            "it belongs to nobody and its group nogroup may write and everybody may write",
            "run: sudo chown root {file} && sudo chmod go-w {file}",
        ),
        ("open-folder", "its group root may write (mode 0775)", "move it where only root may"),
        ("linked", "it belongs to nobody (mode 0755)", "move it where only root may write"),
    ],
)
def test_a_policy_is_taken_from_root_alone(
    how: str, fact: str, step: str, authority: Authority, open_folder: Path
) -> None:
    """Neither the file nor the folder may be anybody else's: it says what is done to students.

    Nobody is sent to change a file that is root's already, or a folder that may be ``/tmp``.
    """
    artifact = open_folder / "dqn.policy"
    artifact.touch(mode=0o644)
    shop = Workshop(open_folder, authority)
    shop.set("policy.artifact", f'"{artifact}"')
    config = shop.write()
    assert [one for one in examine(config).problems if one.key == "policy.artifact"] == []

    if how == "others-file":
        os.chown(artifact, NOBODY, NOBODY)
    elif how == "everybodys-file":
        os.chown(artifact, NOBODY, NOBODY)
        artifact.chmod(0o666)
    elif how == "open-folder":
        open_folder.chmod(0o775)
    elif how == "open-file":
        artifact.chmod(0o664)
    else:
        elsewhere = open_folder / "elsewhere"
        elsewhere.mkdir()
        os.chown(elsewhere, NOBODY, NOBODY)
        artifact.rename(elsewhere / "real.policy")
        artifact.symlink_to(elsewhere / "real.policy")

    (problem,) = [one for one in examine(config).problems if one.key == "policy.artifact"]
    assert problem.problem.startswith("others than root may write to ")
    assert fact in problem.problem
    assert step.format(file=artifact) in problem.next_step
    assert ("chown" in problem.next_step) == (how in {"others-file", "everybodys-file"})
