"""The broker's configuration: TLS, who is who, and the contract's limits."""

from enum import StrEnum
from pathlib import Path

from appliance.commands.placing.layout import BROKER_DIR


class Identity(StrEnum):
    """How clients prove who they are."""

    CERTIFICATES = "certificates"
    PASSWORDS = "passwords"


_HEADS = {
    Identity.CERTIFICATES: """\
# Mosquitto for Classroom Box, with certificates: who connects is whom the room's authority signed.
# Written by classbox setup as /etc/mosquitto/conf.d/classbox.conf; write your own settings into
# another file beside it. Never a second listener without TLS: a door beside the gate.
""",
    Identity.PASSWORDS: """\
# Mosquitto for Classroom Box, with passwords over TLS, where clients cannot have certificates.
#
#   sudo cp mosquitto-password.conf /etc/mosquitto/conf.d/classbox.conf
#   sudo install -d -g mosquitto -m 0750 {folder}
#   sudo cp acl {folder}/acl              # with your own ids; beside ca.crt, broker.crt, broker.key
#   sudo mosquitto_passwd -c {folder}/passwd box-1
#   sudo chown mosquitto: {folder}/* && sudo chmod 0640 {folder}/*
#   sudo systemctl restart mosquitto
""",
}

_BODY = """\
#
# For Mosquitto 2.0 (Debian 12 and 13). Persistence and where it lies stand in Debian's own
# mosquitto.conf, and Mosquitto refuses a second persistence_location; elsewhere add both, because
# commands to a terminal that is away wait in them.
autosave_interval 60
# Answers are small and waited for: without it each may wait 40 ms for the one before.
set_tcp_nodelay true

listener {port}
cafile {folder}/ca.crt
certfile {folder}/broker.crt
keyfile {folder}/broker.key
tls_version tlsv1.2
"""

_CRL = """\
# An outdated list locks everybody out: classbox-renew.timer keeps it fresh.
crlfile {folder}/crl.pem
"""

_IDENTITIES = {
    Identity.CERTIFICATES: """
# The certificate's CN becomes the user name, and the user name the client id; the first needs
# the second, else a terminal could connect under another's client id and take its session.
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
""",
    Identity.PASSWORDS: """
# The user name becomes the client id: nobody can take another's session.
# Mosquitto 2.1 deprecates password_file for a plug-in that 2.0 does not have.
password_file {folder}/passwd
use_username_as_clientid true
allow_anonymous false
""",
}

_TAIL = """\
# Mosquitto 2.1 deprecates acl_file for a plug-in that 2.0 does not have; it still reads it.
acl_file {folder}/acl

# The contract's limits: messages up to 64 KiB and a header, answers kept a day for a box that is
# away.
max_packet_size 66560
persistent_client_expiration 2d
max_keepalive 120

# Against floods. What waits for a client beyond this is dropped, whoever sent it and although it
# was acknowledged: so there is room for what comes in the second that a box needs to notice a flood
# and to unsubscribe from its sender. Beyond memory_limit the sender is cut off, not the broker.
max_inflight_messages 100
max_queued_messages 10000
max_queued_bytes 67108864
memory_limit 268435456
"""


def broker_config(
    *, identity: Identity, port: int = 8883, folder: Path = BROKER_DIR, revocations: bool = True
) -> str:
    """Return Mosquitto's configuration.

    Args:
        identity: Certificates, or passwords for schools that cannot give any.
        port: Of the one listener.
        folder: Where certificates, keys, the list of revoked ones and the ACL lie.
        revocations: Without a list of revoked certificates there must be no ``crlfile``.
    """
    with_crl = identity is Identity.CERTIFICATES and revocations
    text = _HEADS[identity] + _BODY + (_CRL if with_crl else "") + _IDENTITIES[identity] + _TAIL
    return text.format(port=port, folder=folder)
