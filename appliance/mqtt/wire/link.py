"""A session with the broker that comes back for ever, and what must still be sent over it."""

import math
import random
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping

import structlog

from appliance.errors import BrokerError, ConfigError
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.backoff import backoff_s
from appliance.mqtt.wire.held import HeldPublication
from appliance.mqtt.wire.messages import Delivery, LastWill, Publication
from appliance.mqtt.wire.recency import Recency
from appliance.mqtt.wire.session import Receipt, Session
from appliance.ports import Clock

log = structlog.get_logger()

SHORTEST_REST_S = 0.1
"""Between two attempts, however long the first took."""
STEADY_S = 10.0
"""A connection that held this long was a good one; the next failure starts the back-off anew."""
TWIN_REST_S = 20.0
"""Longest wait where another client has our identity. Two that come back at once would throw each
other out for ever, at full speed; as it is, each has half of the time."""
TWIN_MEMORY_S = 60.0
"""One that was noticed longer ago has gone."""
LONGEST_TURN_S = 1.0
FAREWELL_S = 2.0
"""How long ``pause`` lets the broker take what is still to be said."""


class Link:
    """Keeps one MQTT 5 session alive.

    Every connection gets a new ``Session``: an old paho client would, after a long outage, resend
    what it had in flight with the lifetime it had *then*, and lock a screen a minute too late.

    Its thread, ``mqtt[<client id>]``, connects and sends; paho's own thread receives.
    """

    def __init__(
        self,
        *,
        address: BrokerAddress,
        client_id: str,
        clock: Clock,
        subscriptions: Mapping[str, int],
        on_delivery: Callable[[Delivery], None],
        on_connected: Callable[[], None] = lambda: None,
        on_turn: Callable[[], float | None] = lambda: None,
        will: Callable[[], LastWill] | None = None,
        session_expiry_s: int = 0,
        queue_limit: int = 256,
        first_backoff_s: float = 1.0,
        recency: Recency | None = None,
        turn_s: float = LONGEST_TURN_S,
    ) -> None:
        """Prepare the link; ``start`` connects.

        Args:
            address: Broker and credentials.
            client_id: Also the user name where the broker demands it.
            clock: Monotonic time.
            subscriptions: Topic filter to QoS, made anew on every connection.
            on_delivery: Called on paho's thread; must be quick. Its exceptions are caught.
            on_connected: Called on the link's thread after the subscriptions were sent.
            on_turn: Called on the link's thread, connected or not, after ``wake`` and after the
                seconds that it last returned, at least every ``turn_s``.
            will: Makes the last will of each connection.
            session_expiry_s: Time the broker keeps our session.
            queue_limit: Messages waiting for PUBACK; when full the oldest is dropped and counted.
            first_backoff_s: Wait after the first failure; doubles up to ``LONGEST_BACKOFF_S``.
            recency: Kept up to date; None where nobody asks how old a delivery is.
            turn_s: A process with many links lets each turn less often.
        """
        self._address = address
        self._client_id = client_id
        self._clock = clock
        self._subscriptions = dict(subscriptions)
        self._ever_subscribed = set(subscriptions)
        self._on_delivery = on_delivery
        self._on_connected = on_connected
        self._on_turn = on_turn
        self._will = will
        self._session_expiry_s = session_expiry_s
        self._queue_limit = queue_limit
        self._first_backoff_s = first_backoff_s
        self._recency = recency
        self._turn_s = turn_s
        self._rng = random.Random()  # noqa: S311 - jitter is no secret
        # Never held while paho is called: paho calls back with its own locks held.
        self._lock = threading.Lock()
        self._waiting: deque[HeldPublication] = deque()
        self._retained: OrderedDict[str, HeldPublication] = OrderedDict()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._leave_by_s: float | None = None
        self._give_up = threading.Event()
        self._session: Session | None = None
        self._serving = False
        self._thread = threading.Thread(target=self._run, name=f"mqtt[{client_id}]", daemon=True)
        self._earlier_errors = 0
        self.connections = 0
        """Connections so far; one less is the number of reconnects."""
        self.dropped = 0
        """Messages given up because the queue was full."""
        self.twins = 0
        """Times that another client with our identity was noticed."""
        self._twin_s = float("-inf")
        self._error = ""
        self._files: tuple[object, ...] = ()
        self.own_ends_s: float | None = None
        """Until when our own certificate is valid, Unix epoch; None without one."""
        self.broker_ends_s: float | None = None
        """The same of the broker's, as of the last connection."""

    @property
    def connected(self) -> bool:
        """True from the broker's answer to our subscriptions to the end of the connection."""
        session = self._session
        return session is not None and self._serving and session.connected

    @property
    def last_error(self) -> str:
        """Why there is no connection; empty while there is one. No secret in it."""
        if self.connected:
            return ""
        return self._error or ("the connection was lost" if self.connections else "")

    @property
    def callback_errors(self) -> int:
        """Exceptions caught at the border of a callback."""
        session = self._session
        return self._earlier_errors + (0 if session is None else session.callback_errors)

    def start(self) -> None:
        """Connect in the background, for ever."""
        self._thread.start()

    def pause(self, *, farewell: Publication) -> None:
        """Send what is waiting and the farewell, then be without a connection until ``resume``.

        Does not wait. What is posted meanwhile is kept as through any other time without a broker,
        and the broker keeps what comes for us while ``session_expiry_s`` lasts.
        """
        self.post(farewell)
        self._leave_by_s = self._clock.monotonic_s() + FAREWELL_S
        self._wake.set()

    def resume(self) -> None:
        """Connect again after ``pause``."""
        self._leave_by_s = None
        self._wake.set()

    def wake(self) -> None:
        """Let ``on_turn`` run soon."""
        self._wake.set()

    def reconnect(self) -> None:
        """Give up a connection that does not feel alive, and make another."""
        self._give_up.set()
        self._wake.set()

    def note_twin(self) -> None:
        """Another client has our identity: let it be for a while once it has thrown us out."""
        self._twin_s = self._clock.monotonic_s()
        self.twins += 1
        if self.twins == 1:
            log.error("mqtt_identity_shared", client=self._client_id)

    def subscribe_to(self, subscriptions: Mapping[str, int]) -> None:
        """Change what is subscribed to, now and on later connections; in ``on_turn`` only.

        Args:
            subscriptions: Topic filter to QoS, all of them.
        """
        before, self._subscriptions = self._subscriptions, dict(subscriptions)
        self._ever_subscribed |= subscriptions.keys()
        session = self._session
        if session is None or not session.connected:
            return
        if gone := before.keys() - subscriptions.keys():
            session.unsubscribe(gone)
        if new := {topic: subscriptions[topic] for topic in subscriptions.keys() - before.keys()}:
            session.subscribe(new)

    def post(self, publication: Publication) -> None:
        """Send now or later: kept until PUBACK, through reconnects, while its lifetime lasts.

        A retained publication replaces an unsent one on the same topic and is sent again on every
        connection, because a broker that lost its disk has lost it too.
        """
        lifetime_s = publication.lifetime_s
        deadline_s = None if lifetime_s is None else self._clock.monotonic_s() + lifetime_s
        held = HeldPublication(publication=publication, deadline_s=deadline_s)
        with self._lock:
            if publication.retain:
                self._retained[publication.topic] = held
            else:
                self._waiting.append(held)
                if len(self._waiting) > self._queue_limit:
                    self._waiting.popleft()
                    self.dropped += 1
        self._wake.set()

    def send(self, publication: Publication) -> Receipt | None:
        """Send now or never.

        Returns:
            None when there is no connection or paho's own queue is full.
        """
        session = self._session
        if session is None or not self._serving:
            return None
        return session.publish(publication, lifetime_s=publication.lifetime_s)

    def stop(self, *, farewell: Publication | None = None, timeout_s: float = 5.0) -> bool:
        """Send what is waiting and the farewell, wait for the broker to have it, disconnect.

        Returns:
            False when the broker could not be told in time.
        """
        if farewell is not None:
            self.post(farewell)
        deadline_s = self._clock.monotonic_s() + timeout_s
        while self.connected and not self._settled() and self._clock.monotonic_s() < deadline_s:
            self._stopping.wait(0.02)
        told = self.connected and self._settled()
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return told

    def _settled(self) -> bool:
        with self._lock:
            return all(each.arrived() for each in (*self._waiting, *self._retained.values()))

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            if self._leave_by_s is not None:
                self._sleep()
                continue
            began_s = self._clock.monotonic_s()
            try:
                steady = self._connect_and_serve()
            except BrokerError as error:
                steady = False
                if str(error) != self._error:
                    log.warning("mqtt_not_connected", reason=str(error))
                self._error = str(error)
            except Exception:
                # The border of a thread: a box without a broker link must keep trying.
                steady = False
                self._earlier_errors += 1
                log.exception("mqtt_link_failed")
            if self._leave_by_s is not None:
                failures = 0
                continue
            failures = 0 if steady else failures
            wait_s = backoff_s(failures, first_s=self._first_backoff_s, rng=self._rng)
            if not steady:
                # An attempt on a machine that is off takes seconds itself.
                wait_s = max(SHORTEST_REST_S, wait_s - (self._clock.monotonic_s() - began_s))
            if self._clock.monotonic_s() - self._twin_s < TWIN_MEMORY_S:
                wait_s = TWIN_REST_S * self._rng.uniform(0.5, 1.0)
            self._rest(wait_s)
            failures += 1

    def _sleep(self) -> None:
        """Wait for ``resume`` or ``stop``; any other wake-up does no harm."""
        self._wake.clear()
        if self._leave_by_s is not None and not self._stopping.is_set():
            self._wake.wait()

    def _may_leave(self) -> bool:
        leave_by_s = self._leave_by_s
        return leave_by_s is not None and (
            self._settled() or self._clock.monotonic_s() >= leave_by_s
        )

    def _connect_and_serve(self) -> bool:
        self._files = self._address.version()
        if self._recency is not None:
            self._recency.began()
        session = Session(
            address=self._address,
            client_id=self._client_id,
            session_expiry_s=self._session_expiry_s,
            will=None if self._will is None else self._will(),
            on_delivery=self._on_delivery,
            on_event=self._wake.set,
        )
        self._session = session
        self._give_up.clear()
        try:
            session.open(self._subscriptions)
            if gone := self._ever_subscribed - self._subscriptions.keys():
                session.unsubscribe(gone)  # the broker may have kept them with our session
            began_s = self._clock.monotonic_s()
            self._error = ""
            self.own_ends_s, self.broker_ends_s = session.own_ends_s, session.broker_ends_s
            self.connections += 1
            log.info("mqtt_connected", client=self._client_id, connections=self.connections)
            self._serving = True
            renewed = self._serve(session)
        finally:
            self._serving = False
            session.close()
            self._session = None
            self._earlier_errors += session.callback_errors
        if not (self._stopping.is_set() or renewed or self._leave_by_s is not None):
            self._error = "" if session.refusal is None else str(session.refusal)
            log.warning("mqtt_connection_lost", client=self._client_id, reason=self._error)
            if session.taken_over:
                self.note_twin()
        return self._clock.monotonic_s() - began_s >= STEADY_S

    def _serve(self, session: Session) -> bool:
        """Send and take turns to the end; True when the connection is left for new credentials."""
        with self._lock:
            for held in (*self._waiting, *self._retained.values()):
                held.receipt = None
        self._guarded(self._on_connected)
        while session.connected and not (
            self._stopping.is_set() or self._give_up.is_set() or self._may_leave()
        ):
            self._wake.clear()
            if self._recency is not None:
                self._recency.ask(session)
            self._flush(session)
            self._take_turn()
            if self._credentials_renewed():
                # A new connection shows them; what is not acknowledged is sent again over it.
                log.info("mqtt_credentials_renewed", client=self._client_id)
                return True
        return False

    def _credentials_renewed(self) -> bool:
        """Tell whether the files were replaced by others that can be used."""
        files = self._address.version()
        if files == self._files:
            return False
        self._files = files
        problems = [f"{each.setting}: {each.problem}" for each in self._address.problems()]
        if not problems:
            try:
                self._address.certificate_ends_s()
            except ConfigError as error:
                problems = [str(error)]
        if problems:
            log.warning("mqtt_credentials_useless", problems=problems)
        return not problems

    def _rest(self, duration_s: float) -> None:
        # The owner's turns go on without a connection: its outbox expires commands meanwhile.
        until_s = self._clock.monotonic_s() + duration_s
        while not self._stopping.is_set() and self._clock.monotonic_s() < until_s:
            self._wake.clear()
            self._take_turn(longest_s=until_s - self._clock.monotonic_s())

    def _take_turn(self, *, longest_s: float = math.inf) -> None:
        wish_s = self._guarded(self._on_turn)
        wait_s = self._turn_s if wish_s is None else max(wish_s, 0.01)
        self._wake.wait(max(0.0, min(wait_s, longest_s, self._turn_s)))

    def _flush(self, session: Session) -> None:
        now_s = self._clock.monotonic_s()
        with self._lock:
            self._waiting = deque(
                each for each in self._waiting if not (each.over(now_s) or each.arrived())
            )
            for topic in [key for key, each in self._retained.items() if each.over(now_s)]:
                del self._retained[topic]
            held = (*self._retained.values(), *self._waiting)
        for each in held:
            if each.receipt is None:
                left_s = None if each.deadline_s is None else each.deadline_s - now_s
                each.receipt = session.publish(each.publication, lifetime_s=left_s)

    def _guarded(self, call: Callable[[], float | None]) -> float | None:
        try:
            return call()
        except Exception:
            # The border of a thread: the owner's mistake must not cut the box off.
            self._earlier_errors += 1
            log.exception("mqtt_callback_failed")
            return None
