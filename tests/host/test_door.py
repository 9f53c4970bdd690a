"""A running box answers root and its own user at its door, and nobody else."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import DoorError, ServiceAwayError
from appliance.host.door import DOOR_NAME, Answer, Door, door_address
from appliance.host.doorbell import ask

BOX = "school/lab/box-1"


def count(question: Answer) -> Iterator[Answer]:
    """Answer as often as asked."""
    for number in range(int(question["times"])):
        yield {"number": number}


def refuse(_: Answer) -> Iterator[Answer]:
    """Refuse in words."""
    msg = "not today"
    raise DoorError(msg)
    yield {}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder whose path is too long for a socket's address."""
    folder = tmp_path / ("long" * 40)
    folder.mkdir()
    return folder


@pytest.fixture
def door(folder: Path) -> Iterator[Door]:
    """Return an open door."""
    door = Door(folder, {"count": count, "refuse": refuse}, identity=BOX)
    door.start()
    yield door
    door.stop()


@pytest.mark.usefixtures("door")
def test_answers_come_one_after_the_other(folder: Path) -> None:
    """A question may have many answers."""
    answers = ask(folder, identity=BOX, ask="count", times=3)
    assert [answer["number"] for answer in answers] == [0, 1, 2]


@pytest.mark.usefixtures("door")
def test_only_the_own_user_reaches_the_socket(folder: Path) -> None:
    """The file itself keeps others out."""
    assert (folder / DOOR_NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("door")
@pytest.mark.parametrize(
    ("question", "identity", "reason"),
    [
        ({"ask": "refuse"}, BOX, "not today"),
        ({"ask": "dance"}, BOX, "does not know 'dance'; restart it"),
        ({"ask": "count", "times": 1}, "school/lab/box-2", "another box is running here"),
    ],
    ids=["refused", "unknown", "another-box"],
)
def test_a_refusal_says_why(
    folder: Path, question: dict[str, object], identity: str, reason: str
) -> None:
    """What cannot be answered is told."""
    with pytest.raises(DoorError, match=reason):
        list(ask(folder, identity=identity, **question))


@pytest.mark.usefixtures("door")
def test_nonsense_is_answered_and_the_next_visitor_let_in(folder: Path) -> None:
    """A broken question harms nobody else."""
    with (
        door_address(folder) as address,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as visitor,
    ):
        visitor.connect(address)
        visitor.sendall(b"\xff[\n")
        assert b"one JSON object" in visitor.recv(1000)
    assert len(list(ask(folder, identity=BOX, ask="count", times=1))) == 1


def test_without_a_service_it_is_said_how_to_start_one(folder: Path) -> None:
    """A door that a killed process left behind is nobody."""
    with pytest.raises(ServiceAwayError, match="systemctl start classbox") as raised:
        list(ask(folder, identity=BOX, ask="count", times=1))
    assert raised.value.exit_code == 69


def test_a_door_left_behind_is_opened_again(folder: Path) -> None:
    """After a kill the socket's file is still there."""
    (folder / DOOR_NAME).touch()
    door = Door(folder, {"count": count}, identity=BOX)
    door.start()
    try:
        assert len(list(ask(folder, identity=BOX, ask="count", times=1))) == 1
    finally:
        door.stop()
    assert not (folder / DOOR_NAME).exists()
