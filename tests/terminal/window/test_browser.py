"""Which browser is taken, and what it is told."""

from pathlib import Path

import pytest

from appliance.errors import MissingProgramError, StorageError
from appliance.terminal.window.browser import Browser, find_browser


@pytest.mark.parametrize(
    ("installed", "taken"),
    [
        ({"firefox", "chromium"}, "chromium"),
        ({"firefox-esr", "microsoft-edge"}, "microsoft-edge"),
        ({"firefox-esr"}, "firefox-esr"),
    ],
)
def test_a_browser_with_an_app_mode_comes_first(installed: set[str], taken: str) -> None:
    """Firefox where there is no other."""
    browser = find_browser(lambda name: f"/usr/bin/{name}" if name in installed else None)

    assert (browser.name, browser.program) == (taken, f"/usr/bin/{taken}")


def test_no_browser_is_said_with_what_to_install() -> None:
    """The error of a missing program."""
    with pytest.raises(MissingProgramError, match=r"no browser was found on PATH; run: sudo apt"):
        find_browser(lambda _: None)


def test_chromium_shows_one_page_in_a_profile_of_its_own(tmp_path: Path) -> None:
    """No greeting, nothing sent to anybody, and nobody else reads the profile."""
    command = Browser(name="chromium", program="/usr/bin/chromium").command(
        "https://box-1:8443/seat", tmp_path / "window"
    )

    assert command[:3] == (
        "/usr/bin/chromium",
        "--app=https://box-1:8443/seat",
        f"--user-data-dir={tmp_path / 'window' / 'chromium'}",
    )
    assert {"--no-first-run", "--disable-sync", "--disable-background-networking"} < set(command)
    assert (tmp_path / "window/chromium").stat().st_mode & 0o077 == 0


def test_firefox_gets_its_settings_by_file(tmp_path: Path) -> None:
    """Written anew with each start."""
    command = Browser(name="firefox", program="/usr/bin/firefox").command("https://x", tmp_path)

    assert command == (
        "/usr/bin/firefox",
        "--no-remote",
        "--profile",
        str(tmp_path / "firefox"),
        "https://x",
    )
    written = (tmp_path / "firefox/user.js").read_text()
    assert 'user_pref("datareporting.policy.dataSubmissionEnabled", false);' in written


def test_a_profile_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """With what to do."""
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="name another folder with --state"):
        Browser(name="chromium", program="chromium").command("https://x", tmp_path / "file")
