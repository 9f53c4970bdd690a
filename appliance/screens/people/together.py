"""All that is known of people, as server and commands use it."""

from dataclasses import dataclass

from appliance.screens.people.accounts import Accounts
from appliance.screens.people.audit import AuditLog
from appliance.screens.people.enrolment import EnrolmentCodes
from appliance.screens.people.sessions import Sessions
from appliance.settings.screens import ScreensSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPeople:
    """What is known of whoever may come in; commands use it beside the server."""

    accounts: Accounts
    """Teachers and IT."""

    sessions: Sessions
    """Who is in."""

    codes: EnrolmentCodes
    """What makes a browser a terminal."""

    audit: AuditLog
    """What they did."""

    terminals: frozenset[str]
    """Ids of those for which the screens speak."""

    def revoke(self, terminal: str) -> int:
        """Sign out every browser that is a terminal, and take its code back.

        Whoever holds the paper with it may be whoever is signed out.

        Returns:
            How many sessions have ended.

        Raises:
            StorageError: It could not be kept.
        """
        self.codes.withdraw(terminal)
        return self.sessions.end_terminal(terminal)


def people_of(settings: ScreensSettings, terminals: frozenset[str]) -> KnownPeople:
    """Return the people of a state folder.

    Args:
        settings: Say where it is.
        terminals: Ids of those for which the screens speak.

    Raises:
        StorageError: The folder cannot be used.
    """
    folder = settings.screens.state_dir
    accounts = Accounts(folder)
    is_terminal = terminals.__contains__
    return KnownPeople(
        accounts=accounts,
        sessions=Sessions(folder, accounts=accounts, is_terminal=is_terminal),
        codes=EnrolmentCodes(
            folder, is_terminal=is_terminal, origin=settings.screens.public_origin
        ),
        audit=AuditLog(folder),
        terminals=terminals,
    )
