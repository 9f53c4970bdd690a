"""From settings to served pages: builds the parts, starts them in order, ends them."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator

import structlog
from starlette.applications import Starlette

from appliance.errors import ConfigError, PagesError
from appliance.host.systemd import SystemdNotifier
from appliance.screens.allowed import StateNames
from appliance.screens.app import build_app
from appliance.screens.areas import Areas
from appliance.screens.http.assets import Assets
from appliance.screens.http.connections import ServedCertificate, listen
from appliance.screens.http.cookies import SessionCookie
from appliance.screens.http.limits import RateLimit
from appliance.screens.http.pages import Pages
from appliance.screens.http.server import PageServer
from appliance.screens.http.streams import OpenStreams
from appliance.screens.http.texts import Texts
from appliance.screens.http.visitors import Role, Visitors
from appliance.screens.people.doors import Doors
from appliance.screens.people.sessions import LASTS_S
from appliance.screens.people.together import people_of
from appliance.screens.people.workshop import HashWorkshop
from appliance.settings.load import terminals_of
from appliance.settings.screens import ScreensSettings
from appliance.settings.terminal import TerminalSettings

log = structlog.get_logger()

POSTS_A_SECOND = 20
LOOK_S = 0.5
"""Between two looks at whose session has ended, and at the watchdog."""

STUCK_S = 10.0
"""A loop that has not turned for so long gets no more pings to systemd's watchdog."""

CERTIFICATE_S = 30.0
"""Between two looks at the certificate's files."""


def usable_terminals(settings: ScreensSettings) -> list[TerminalSettings]:
    """Return the terminals for which the screens speak; one with a wrong folder is left out.

    Raises:
        ConfigError: There is none.
    """
    found: list[TerminalSettings] = []
    for one in terminals_of(settings):
        if isinstance(one, ConfigError):
            log.warning("terminal_left_out", reason=str(one))
        else:
            found.append(one)
    if not found:
        msg = f"screens.terminals: no terminal in {settings.screens.terminals} can be used"
        raise ConfigError(msg, next_step="run: sudo classbox screens check")
    return found


class Screens:
    """Everything that is served."""

    def __init__(self, settings: ScreensSettings) -> None:
        """Build all parts; nothing is started.

        Raises:
            ConfigError: Files of the configuration cannot be used.
            StorageError: The state folder cannot be used.
            PagesError: The address cannot be listened on, or the certificate is none.
        """
        table = settings.screens
        terminals = usable_terminals(settings)
        self.people = people_of(settings, frozenset(one.terminal.id for one in terminals))
        self._streams = OpenStreams()
        self._turned_s = time.monotonic()
        self._noted = threading.Event()
        self.people.audit.on_note = self._noted.set
        texts = Texts(
            own=table.texts,
            usual=table.language,
            states_allowed=self._states_allowed,
            secure=table.secure,
        )
        names = StateNames(language.states for language in texts.languages.values())
        self._areas = Areas(
            settings, terminals=terminals, people=self.people, allowed=names.only_allowed
        )
        assets = Assets()
        pages = Pages(assets=assets, texts=texts)
        seat_cookie = SessionCookie("seat", table.secure, int(LASTS_S[Role.SEAT]))
        person_cookie = SessionCookie("person", table.secure, None)
        self._workshop = HashWorkshop()
        doors = Doors(
            accounts=self.people.accounts,
            sessions=self.people.sessions,
            codes=self.people.codes,
            audit=self.people.audit,
            pages=pages,
            seat_cookie=seat_cookie,
            person_cookie=person_cookie,
            workshop=self._workshop,
        )
        app = build_app(
            [
                *doors.routes(),
                *self._areas.routes(pages=pages, texts=texts),
                *texts.routes(),
                *assets.routes(),
            ],
            visitors=Visitors(
                sessions=self.people.sessions,
                seat_cookie=seat_cookie.name,
                person_cookie=person_cookie.name,
                posts=RateLimit(POSTS_A_SECOND, 1.0),
                other_door=doors.elsewhere,
            ),
            streams=self._streams,
            hosts=table.hosts,
            secure=table.secure,
            no_page=doors.lost,
            lifespan=self._beside,
        )
        self.routes = tuple(app.routes)
        """All that is answered."""
        self._certificate = (
            None
            if table.cert_file is None or table.key_file is None
            else ServedCertificate(table.cert_file, table.key_file)
        )
        self._server = PageServer(
            app,
            listener=listen(table.host, table.port),
            certificate=self._certificate,
            streams=self._streams,
        )

    def run(self, stop: threading.Event, notifier: SystemdNotifier) -> None:
        """Serve until ``stop`` is set.

        Raises:
            PagesError: The server did not start, or has ended by itself.
        """
        try:
            self._areas.start()
            self._server.start()
            notifier.ready()
            log.info("pages_served")
            self._watch(stop, notifier)
        finally:
            notifier.stopping()
            self.close()
            log.info("pages_ended")

    def close(self) -> None:
        """End everything, also what was never started."""
        self._server.stop()
        self._areas.stop()
        self._workshop.close()

    def _states_allowed(self) -> bool:
        return self._areas.states_allowed()

    def _watch(self, stop: threading.Event, notifier: SystemdNotifier) -> None:
        look_again_s = time.monotonic() + CERTIFICATE_S
        while not stop.wait(LOOK_S):
            now_s = time.monotonic()
            if not self._server.alive:
                msg = "the server of pages has ended by itself"
                raise PagesError(msg, next_step="see the log")
            if now_s - self._turned_s < STUCK_S:
                notifier.watchdog()
            if self._noted.is_set() and self._areas.desk is not None:
                self._noted.clear()
                self._areas.desk.reread_record()
            if self._certificate is not None and now_s >= look_again_s:
                self._certificate.renew()
                look_again_s = now_s + CERTIFICATE_S

    @contextlib.asynccontextmanager
    async def _beside(self, _app: Starlette) -> AsyncIterator[None]:
        turning = asyncio.create_task(self._turn())
        try:
            yield
        finally:
            turning.cancel()

    async def _turn(self) -> None:
        """Show that the loop turns, and end what belongs to nobody any more."""
        while True:
            self._turned_s = time.monotonic()
            self._streams.end_others(self.people.sessions.open())
            await asyncio.sleep(LOOK_S)
