"""The last lines of ``classbox setup``: what to type next, in order, for what was answered."""

from pathlib import Path

import pytest

from tests.support.set_up_rooms import ANSWERS, SetUpRoom

HERE = f'{ANSWERS}[screens]\nhere = true\nnames = ["box-1.school"]\n'
ELSEWHERE = f'{ANSWERS}[screens]\nhost = "screens.school"\n'
ADD = "sudo classbox screens account add"


def commands_of(said: str) -> list[str]:
    """Return the commands behind the last "Next", without what they are for."""
    end = said[said.index("\nNext") :]
    lines = [line.strip() for line in end.splitlines()]
    return [line.partition("  #")[0].strip() for line in lines if line.startswith("sudo ")]


def test_pages_on_the_box_end_in_accounts_a_code_and_a_test(tmp_path: Path) -> None:
    """With the address at which each is used; nothing is to be carried to who has a browser."""
    said = SetUpRoom(tmp_path).set_up(HERE).output

    assert commands_of(said) == [
        "sudo classbox aim",
        f"{ADD} YOUR-NAME --role it",
        f"{ADD} THEIR-NAME --role teacher",
        "sudo classbox screens code pc-01",
        "sudo classbox test-alert a01",
    ]
    for page in ("box", "teacher", "enrol"):
        assert f"at https://box-1.school:8443/{page}\n" in said
    assert "only to a PC with a program of its own instead of the pages" in said
    assert "/etc/classbox/terminals/pc-01" in said
    assert "/etc/classbox/people" not in said.partition("To carry")[2]
    assert "Nothing" not in said


def test_pages_elsewhere_are_carried_and_get_their_accounts_there(tmp_path: Path) -> None:
    """One list for that machine, one for this."""
    said = SetUpRoom(tmp_path).set_up(ELSEWHERE).output

    assert "carry /etc/classbox/screens to screens.school" in said
    there, _, here = said[said.index("\nNext") :].partition("then here:")
    assert commands_of(there)[-4:] == [
        "sudo systemctl restart classbox-screens.service",
        f"{ADD} YOUR-NAME --role it",
        f"{ADD} THEIR-NAME --role teacher",
        "sudo classbox screens code pc-01",
    ]
    assert commands_of(f"\nNext{here}") == ["sudo classbox aim", "sudo classbox test-alert a01"]


def test_an_address_that_people_changed_is_the_one_that_is_said(tmp_path: Path) -> None:
    """``screens.toml`` is theirs once it is there."""
    room = SetUpRoom.below(tmp_path, HERE)
    settings = room.path("classbox-screens/screens.toml")
    settings.write_text(settings.read_text().replace("box-1.school:8443", "pages.school"))

    assert "at https://pages.school/enrol\n" in room.set_up(HERE).output


def test_without_pages_the_folder_of_each_pc_is_carried(tmp_path: Path) -> None:
    """And nobody is sent to pages that there are not."""
    said = SetUpRoom(tmp_path).set_up(ANSWERS).output

    assert commands_of(said) == ["sudo classbox aim", "sudo classbox test-alert a01"]
    assert "To carry, each folder to its owner alone" in said
    assert "on pc-01, once its terminal runs" in said
    assert "account" not in said


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_below_a_folder_it_is_said_whose_paths_these_are(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Before the first of them."""
    said = SetUpRoom(tmp_path).set_up(ANSWERS, *options).output

    assert said.startswith(f"{tmp_path} becomes the / of another machine")
