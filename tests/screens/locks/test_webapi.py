"""Messages by Veyon's WebAPI."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import ConfigError, LockError
from appliance.screens.locks import webapi
from appliance.screens.locks.webapi import VeyonWebApi
from tests.support.web_api import KEY, KEY_NAME, FakeWebApi


@pytest.fixture(name="api")
def an_api() -> Iterator[FakeWebApi]:
    """A WebAPI."""
    with FakeWebApi() as api:
        yield api


@pytest.fixture(name="key")
def a_key(tmp_path: Path) -> Path:
    """A key file."""
    file = tmp_path / "key"
    file.write_text(KEY)
    return file


def test_a_message_is_shown_over_one_connection_for_each_computer(
    api: FakeWebApi, key: Path
) -> None:
    """Authenticated once, used again."""
    veyon = VeyonWebApi(api.url, key_name=KEY_NAME, key_file=key)

    veyon.show_message("pc-01.school", "Look up.")
    veyon.show_message("pc-02.school", "Schau auf, für eine Minute.")
    veyon.show_message("pc-01.school", "Once more.")

    assert api.shown == [
        ("pc-01.school", "Look up."),
        ("pc-02.school", "Schau auf, für eine Minute."),
        ("pc-01.school", "Once more."),
    ]
    assert api.authenticated == ["pc-01.school", "pc-02.school"]


def test_a_forgotten_connection_is_made_again(api: FakeWebApi, key: Path) -> None:
    """And the message is shown once."""
    veyon = VeyonWebApi(api.url, key_name=KEY_NAME, key_file=key)
    veyon.show_message("pc-01", "One.")
    api.forget()

    veyon.show_message("pc-01", "Two.")

    assert [text for _, text in api.shown] == ["One.", "Two."]


def test_a_refusal_names_the_computer_and_no_secret(api: FakeWebApi, key: Path) -> None:
    """A key that it does not know."""
    veyon = VeyonWebApi(api.url, key_name="other", key_file=key)

    with pytest.raises(LockError, match=r"Veyon on pc-01 did not show the message \(HTTP 401\)"):
        veyon.show_message("pc-01", "Look up.")
    assert "secret" not in repr(veyon)


def test_a_slow_webapi_is_given_up(
    api: FakeWebApi, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would wait for 15 s for a computer that is off."""
    monkeypatch.setattr(webapi, "TIMEOUT_S", 0.2)
    api.slow_s = 2.0

    with pytest.raises(LockError, match="does not answer: TimeoutError"):
        VeyonWebApi(api.url, key_name=KEY_NAME, key_file=key).show_message("pc-01", "Look up.")


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://veyon.school:11080", "the key would not be encrypted"),
        ("veyon.school", "is no address"),
        ("ftp://127.0.0.1", "is no address"),
    ],
)
def test_an_address_that_would_show_the_key_is_refused(key: Path, url: str, problem: str) -> None:
    """At the start, with what to write instead."""
    with pytest.raises(ConfigError, match=problem):
        VeyonWebApi(url, key_name=KEY_NAME, key_file=key)


def test_a_key_file_that_is_none_is_named(tmp_path: Path) -> None:
    """Missing, or not the private key."""
    with pytest.raises(ConfigError, match=r"lock.veyon.key_file: .* cannot be read"):
        VeyonWebApi("https://veyon", key_name=KEY_NAME, key_file=tmp_path / "none")
    (tmp_path / "public").write_text("-----BEGIN PUBLIC KEY-----")
    with pytest.raises(ConfigError, match="is no private key"):
        VeyonWebApi("https://veyon", key_name=KEY_NAME, key_file=tmp_path / "public")
