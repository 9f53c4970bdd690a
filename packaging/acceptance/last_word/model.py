"""Who may be looked at after what was said and what has happened: the last word, and no more."""

from dataclasses import dataclass, field

ON_FILE, ASKED = "a01", "a02"
"""A seat for which the school holds the consent on file, and one where each student is asked."""

SEATS = (ON_FILE, ASKED)
EVERYBODY = "everybody"


@dataclass
class LastWord:
    """What everybody who has read what was said would expect.

    Where a kill came between a word and its answer, both outcomes are right: then the model knows
    who may be looked at, at most.
    """

    paused: bool | None = False
    """None: a kill came before the answer."""
    seats_paused: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(SEATS, False))
    """Which seats are left out, at least."""
    here: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(SEATS))
    """Who is logged in."""
    yes: dict[str, str | None] = field(default_factory=lambda: {ON_FILE: EVERYBODY, ASKED: None})
    """Who has agreed, at most."""
    sure: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(SEATS, True))
    """Nobody less has agreed."""

    def sit(self, seat: str, who: str | None) -> None:
        """Somebody logs in, or out; a consent ends with the stay it was for."""
        self.here[seat] = who
        if self.yes[seat] not in (EVERYBODY, who):
            self.yes[seat] = None

    def agree(self, seat: str) -> None:
        """Consent is given."""
        self.yes[seat] = EVERYBODY if seat == ON_FILE else self.here[seat]

    def refuse(self, seat: str) -> None:
        """Consent is taken back."""
        self.yes[seat] = None

    def lose(self) -> None:
        """Nobody knows any more who has agreed."""
        self.yes = dict.fromkeys(SEATS)

    def allowed(self) -> set[str]:
        """Return who may be looked at, at most."""
        if self.paused:
            return set()
        left = (seat for seat in SEATS if not self.seats_paused[seat])
        return {seat for seat in left if self.yes[seat] in (EVERYBODY, self.here[seat] or "-")}
