"""What is taken away in the middle of a lock."""

import os
import signal
from collections.abc import Callable, Mapping

from acceptance.locks.desk import Desk
from acceptance.locks.office import Office

Loss = Callable[[Office, Desk], None]


def _server_killed(office: Office, _desk: Desk) -> None:
    if office.server is not None:
        office.server.kill()


def _server_stopped(office: Office, _desk: Desk) -> None:
    if office.server is not None:
        office.server.send_signal(signal.SIGSTOP)


def _cable_pulled(office: Office, _desk: Desk) -> None:
    office.pull()


def _agent_killed(office: Office, _desk: Desk) -> None:
    office.signal_agent(signal.SIGKILL)


def _agent_stopped(office: Office, _desk: Desk) -> None:
    office.signal_agent(signal.SIGSTOP)


def _agent_ended(office: Office, _desk: Desk) -> None:
    office.signal_agent(signal.SIGTERM)
    if office.agent is not None:
        office.agent.wait(20)  # until then the server has an agent that begins nothing more


def _holder_killed(office: Office, _desk: Desk) -> None:
    office.signal_holder(signal.SIGKILL)


def _holder_stopped(office: Office, _desk: Desk) -> None:
    office.signal_holder(signal.SIGSTOP)


def _both_killed(office: Office, _desk: Desk) -> None:
    # The agent first: it would end the lock for its holder.
    office.signal_agent(signal.SIGKILL)
    office.signal_holder(signal.SIGKILL)


def _veyon_stopped(_office: Office, desk: Desk) -> None:
    if desk.server is not None:
        desk.server.send_signal(signal.SIGSTOP)


def _veyon_killed(_office: Office, desk: Desk) -> None:
    if desk.server is not None:
        os.kill(desk.server.pid, signal.SIGKILL)


def _all_of_it(office: Office, desk: Desk) -> None:
    _cable_pulled(office, desk)
    _server_killed(office, desk)
    _agent_killed(office, desk)
    office.restarts = False
    _veyon_stopped(office, desk)


LOSSES: Mapping[str, Loss] = {
    "nothing": lambda _office, _desk: None,
    "server killed": _server_killed,
    "server stopped": _server_stopped,
    "cable pulled": _cable_pulled,
    "agent killed": _agent_killed,
    "agent stopped": _agent_stopped,
    "agent told to end": _agent_ended,
    "holder killed": _holder_killed,
    "holder stopped": _holder_stopped,
    "agent and holder killed": _both_killed,
    "Veyon stopped": _veyon_stopped,
    "Veyon killed": _veyon_killed,
    "cable, server, agent, Veyon": _all_of_it,
}
