"""A camera that follows a script, and the time it needs."""

from collections.abc import Callable, Sequence

from appliance.domain.frames import CameraKey, Frame

FRONT = CameraKey("front")

Event = Frame | Exception | Callable[[], None] | None


class ScriptedSource:
    """A fake ``FrameSource``: each opening plays the next list of what happens."""

    def __init__(self, *openings: Sequence[Event]) -> None:
        """Take what each opening gives.

        Args:
            openings: Frames to return, errors to raise (in first place: cannot be opened), None
                for the end, functions to call before the next one.
        """
        self._openings = [list(opening) for opening in openings]
        self._events: list[Event] = []
        self.opened = 0
        self.closed = 0

    @property
    def camera(self) -> CameraKey:
        """Key of the camera."""
        return FRONT

    def open(self) -> None:
        """Begin the next list."""
        self.opened += 1
        self._events = self._openings.pop(0)
        if isinstance(self._events[0], Exception):
            raise self._events[0]

    def read(self) -> Frame | None:
        """Play the events up to the next frame, error or end."""
        event = self._events.pop(0)
        while callable(event):
            event()
            event = self._events.pop(0)
        if isinstance(event, Exception):
            raise event
        return event

    def close(self) -> None:
        """Count."""
        self.closed += 1


class SteppedTime:
    """A clock that only waiting moves; remembers every wait."""

    def __init__(self) -> None:
        """Start at zero."""
        self.now_s = 0.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        """Return the time."""
        return self.now_s

    def wait(self, seconds: float) -> bool:
        """Move on; never stop."""
        self.waits.append(seconds)
        self.now_s += seconds
        return False
