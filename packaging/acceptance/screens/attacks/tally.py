"""What was tried, and what of it has succeeded."""

from collections import Counter

from rich.console import Console
from rich.table import Table

MOST_TOLD = 40


class Tally:
    """Counts by group. A control is what has to work, or its group would prove nothing."""

    def __init__(self) -> None:
        """Begin with nothing tried."""
        self.tried: Counter[tuple[str, str]] = Counter()
        self.succeeded: Counter[tuple[str, str]] = Counter()
        self.problems: list[str] = []
        self.figures: dict[str, str] = {}
        """What was measured beside."""

    def attack(self, group: str, what: str, *, succeeded: bool, about: object = "") -> None:
        """Count one attempt.

        Args:
            group: Kind of attack.
            what: A row of the table.
            succeeded: The attacker got what is not theirs.
            about: For whoever has to mend it.
        """
        self.tried[group, what] += 1
        if succeeded:
            self.succeeded[group, what] += 1
            self.problems.append(f"{group}, {what}: {about}")

    def control(self, group: str, what: str, *, held: bool, about: object = "") -> None:
        """Note that something honest works at the same time."""
        if not held:
            self.problems.append(f"{group}: control failed: {what} {about}")

    def show(self, console: Console) -> None:
        """Print the table, the figures and what is wrong."""
        table = Table("group", "what", "tried", "succeeded")
        for (group, what), count in self.tried.items():
            table.add_row(group, what, str(count), str(self.succeeded[group, what]))
        table.add_row("all", "", str(self.tried.total()), str(self.succeeded.total()))
        console.print(table)
        for name, value in self.figures.items():
            console.print(f"{name}: {value}")
        for problem in self.problems[:MOST_TOLD]:
            console.print(f"[red]✗[/] {problem}", markup=True)
        if len(self.problems) > MOST_TOLD:
            console.print(f"… and {len(self.problems) - MOST_TOLD} more")
