"""Something that goes away and comes back, again and again; pure but for what it calls."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Outage:
    """One kind of trouble, on a schedule."""

    every_s: float
    """From one beginning to the next."""

    down_s: float
    """How long it is away."""

    lose: Callable[[], object]
    """Takes it away."""

    regain: Callable[[], object]
    """Brings it back."""

    times: int = 0
    """How often it has come back."""

    away: bool = False
    """It is away now."""

    next_s: float = field(init=False)

    def __post_init__(self) -> None:
        """Leave the first period in peace."""
        self.next_s = self.every_s

    def turn(self, at_s: float, *, ends_s: float) -> None:
        """Do what is due; nothing is taken away that could not be back by the end."""
        if at_s < self.next_s:
            return
        if self.away:
            self.regain()
            self.away = False
            self.times += 1
            self.next_s += self.every_s - self.down_s
        elif self.next_s + self.down_s <= ends_s:
            self.lose()
            self.away = True
            self.next_s += self.down_s
