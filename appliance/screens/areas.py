"""What is served beyond the doors: seats, the teacher's console, IT's desk; built from settings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from appliance.domain.seats import TerminalKey
from appliance.host.readings import read_clock_state
from appliance.mqtt.contract.schemas import Contracts
from appliance.screens.allowed import ShowsAllowed
from appliance.screens.box.desk import ItDesk, TerminalStanding
from appliance.screens.box.routes import ItRoutes, LettingIn, code_rows
from appliance.screens.connection import identity_of
from appliance.screens.http.assets import STATIC
from appliance.screens.http.pages import Pages
from appliance.screens.http.texts import Texts
from appliance.screens.locks.build import build_lock
from appliance.screens.people.together import KnownPeople
from appliance.screens.room.console import TeacherConsole
from appliance.screens.room.routes import TeacherRoutes
from appliance.screens.seats.content import Content
from appliance.screens.seats.routes import SeatRoutes
from appliance.screens.seats.seats import Seats
from appliance.settings.load import identity_in
from appliance.settings.screens import ScreensSettings
from appliance.settings.terminal import TerminalSettings
from appliance.terminal.clock import WakefulClock

SEATS_FOLDER = "seats"
"""In the state folder: what each terminal must not forget."""

BUILT_IN_CONTENT = STATIC / "content"


class Areas:
    """Seats, console and desk, started and stopped together."""

    def __init__(
        self,
        settings: ScreensSettings,
        *,
        terminals: Sequence[TerminalSettings],
        people: KnownPeople,
        allowed: ShowsAllowed,
    ) -> None:
        """Build them; nothing is connected yet.

        Args:
            settings: What is served.
            terminals: For whom seats speak.
            people: Who may be let in.
            allowed: Keeps names of states from pages.

        Raises:
            ConfigError: A folder of keys cannot be used.
            StorageError: The state folder cannot be used.
        """
        self._people = people
        table, clock = settings.screens, WakefulClock()
        names = [TerminalKey(one.terminal.id) for one in terminals]
        self._allowed = allowed
        self._lock, self._lock_routes = build_lock(settings.lock, names, allowed=self._allowed)
        own = () if settings.content.folder is None else (settings.content.folder,)
        self._content = Content((*own, BUILT_IN_CONTENT), link=settings.content.link)
        self.seats = Seats(
            [identity_of(one) for one in terminals],
            state=table.state_dir / SEATS_FOLDER,
            contracts=Contracts.load(),
            lock=self._lock,
            clock=clock,
            clock_state=read_clock_state,
            enrolled=lambda terminal: people.sessions.enrolled(terminal) > 0,
            own_topic=self._content.own_topic,
            boxes_away=self.boxes_away,
            allowed=self._allowed,
        )
        self.console: TeacherConsole | None = None
        self.desk: ItDesk | None = None
        certificates = _certificates(settings, terminals)
        if table.teacher is not None:
            self.console = TeacherConsole(
                identity=identity_of(identity_in(table.teacher, settings)),
                clock=clock,
                clock_state=read_clock_state,
                allowed=self._allowed,
            )
        if table.it is not None:
            self.desk = ItDesk(
                identity=identity_of(identity_in(table.it, settings)),
                certificates=certificates,
                terminals=self._standings,
                codes=lambda: code_rows(people.codes.issued()),
                record=people.audit.rows,
                clock=clock,
                clock_state=read_clock_state,
                allowed=self._allowed,
            )

    def states_allowed(self) -> bool:
        """Tell whether texts may name states other than fatigue: the boxes have said so."""
        return self.console is not None and self.console.states_allowed()

    def boxes_away(self) -> bool:
        """Tell whether every box of the room has said farewell, or the broker has for it."""
        return any(
            part.connected and part.boxes_away
            for part in (self.console, self.desk)
            if part is not None
        )

    def routes(self, *, pages: Pages, texts: Texts) -> list[BaseRoute]:
        """Return the routes of every area that there is.

        Args:
            pages: Fills the shells.
            texts: Knows who reads which language.
        """
        note, allowed = self._people.audit.note, self._allowed
        seats = SeatRoutes(
            seats=self.seats,
            content=self._content,
            pages=pages,
            texts=texts,
            note=note,
            allowed=allowed,
        )
        routes: list[BaseRoute] = [*seats.routes(), *self._lock_routes]
        if self.console is not None:
            routes += TeacherRoutes(
                console=self.console, pages=pages, note=note, allowed=allowed
            ).routes()
        if self.desk is not None:
            letting_in = LettingIn(
                terminals=lambda: [str(seat.terminal) for seat in self.seats],
                issue=self._people.codes.issue,
                issued=self._people.codes.issued,
                revoke=self._people.revoke,
            )
            routes += ItRoutes(
                desk=self.desk, letting_in=letting_in, pages=pages, note=note, allowed=allowed
            ).routes()
        return routes

    def start(self) -> None:
        """Connect in the background."""
        for part in (self.console, self.desk, self.seats):
            if part is not None:
                part.start()

    def stop(self) -> None:
        """Uncover screens, say farewell and disconnect."""
        self._lock.close()
        for part in (self.seats, self.desk, self.console):
            if part is not None:
                part.stop()

    def _standings(self) -> list[TerminalStanding]:
        enrolled = self._people.sessions.enrolled
        return [
            TerminalStanding(
                terminal=str(seat.terminal),
                enrolled=enrolled(str(seat.terminal)),
                page=seat.page_there,
                connected=seat.connected,
            )
            for seat in self.seats
        ]


def _certificates(
    settings: ScreensSettings, terminals: Sequence[TerminalSettings]
) -> Mapping[str, Path]:
    """Return whose certificate lies where, for IT to see when they end."""
    found = {one.terminal.id: one.mqtt.cert_file for one in terminals}
    for folder in (settings.screens.teacher, settings.screens.it):
        if folder is not None:
            person = identity_in(folder, settings)
            found[person.terminal.id] = person.mqtt.cert_file
    found["pages"] = settings.screens.cert_file
    return {name: path for name, path in found.items() if path is not None}
