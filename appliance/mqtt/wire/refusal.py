"""Why the broker cannot be reached or does not let us in, in words, with the next step.

OpenSSL, the resolver and MQTT each have their own way to say no; here each becomes one sentence.
"""

import socket
import ssl
from collections.abc import Mapping

from appliance.errors import BrokerError, ConfigError
from appliance.mqtt.wire.address import BrokerAddress

# openssl/x509_vfy.h, X509_V_ERR_*
_NOT_YET_VALID, _EXPIRED, _HOST_MISMATCH, _ADDRESS_MISMATCH = 9, 10, 62, 64

# MQTT 5, 3.2.2.2 and 3.14.2.1: CONNACK and DISCONNECT reason codes
_BAD_CREDENTIALS = frozenset({0x86, 0x87, 0x8C})
_CLIENT_ID = 0x85
_BANNED = 0x8A

TAKEN_OVER = 0x8E
"""Another connection has come with the same client id; the older one is ended."""

_LISTEN_S = 2.0
"""How long a broker may take to say why it does not like our certificate."""

_ANEW = "issue {cert} with the authority that the broker's cafile names"
_AGAIN = (
    "on the box: sudo classbox pki issue {name} --kind \N{HORIZONTAL ELLIPSIS}, then sudo classbox "
    "setup; carry the folder again"
)
_ALERTS = {
    "CERTIFICATE_REQUIRED": ("wants a certificate", "set mqtt.cert_file and mqtt.key_file"),
    "HANDSHAKE_FAILURE": ("wants a certificate", "set mqtt.cert_file and mqtt.key_file"),
    "CERTIFICATE_EXPIRED": ("says that our certificate has expired", "renew {cert}"),
    "CERTIFICATE_REVOKED": ("says that our certificate was revoked", _AGAIN),
    "UNKNOWN_CA": ("does not know who signed our certificate", _AGAIN),
    "DECRYPT_ERROR": ("knows another authority of the name that signed our certificate", _ANEW),
    "BAD_CERTIFICATE": ("does not take our certificate", _ANEW),
    "UNSUPPORTED_CERTIFICATE": ("does not take our certificate for a client's", _ANEW),
}
"""End of OpenSSL's name of a TLS alert (RFC 8446, 6.2): what the broker says, and what to do."""

_CHECK = "check mqtt.host and mqtt.port, and that the broker runs: sudo systemctl status mosquitto"
_NO_CONNECTION: Mapping[type[Exception], tuple[str, str]] = {
    socket.gaierror: ("nobody knows this name", "check mqtt.host, and the name service"),
    ConnectionRefusedError: ("nothing listens there", _CHECK),
    TimeoutError: ("no answer", f"check the network and its firewall; {_CHECK}"),
}


def cannot_reach(address: BrokerAddress, error: OSError | ValueError) -> BrokerError:
    """Return what it means that no connection could be made.

    Args:
        address: Whom we tried to reach.
        error: What the socket or OpenSSL raised.
    """
    broker = _name(address)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(address, error)
    if isinstance(error, ssl.SSLError) and (said := _by_alert(address, error)) is not None:
        return said
    if address.ca_file is not None and isinstance(error, ssl.SSLError | ConnectionResetError):
        step = "check that mqtt.port is its TLS port, usually 8883"
        return BrokerError(f"{broker} does not speak TLS on this port", next_step=step)
    other = (getattr(error, "strerror", None) or str(error), _CHECK)
    reason, step = _NO_CONNECTION.get(type(error), other)
    return BrokerError(f"cannot reach {broker}: {reason}", next_step=step)


def refused_by_code(address: BrokerAddress, code: int, name: str) -> BrokerError:
    """Return what a reason code of MQTT means.

    Args:
        address: Who refused.
        code: Of CONNACK or DISCONNECT.
        name: The code's name in the standard.
    """
    broker = _name(address)
    told = f"{broker} refused the connection: {name}"
    if code in _BAD_CREDENTIALS:
        if address.password_file is not None:
            who = f"user {address.username!r} with the password in {address.password_file}"
            step = "put the password there that the broker has for this user (mosquitto_passwd)"
        elif address.cert_file is not None:
            who = f"the name in {address.cert_file}"
            step = "issue the certificate for a name that the broker knows"
        else:
            who = "a client that does not say who it is"
            step = "set mqtt.username and mqtt.password_file, or mqtt.cert_file and mqtt.key_file"
        return BrokerError(f"{told} for {who}", next_step=step)
    if code == _CLIENT_ID:
        return BrokerError(told, next_step="allow this client id in the broker's configuration")
    if code == TAKEN_OVER:
        step = "end the other, or give it an identity of its own"
        return BrokerError(f"{told}: another client has come with our identity", next_step=step)
    if code == _BANNED:
        return BrokerError(told, next_step="take the ban off in the broker's configuration")
    return BrokerError(told, next_step="look into the broker's log")


def hung_up(address: BrokerAddress) -> BrokerError:
    """Return what it means that the broker ends the connection without a word.

    Under TLS 1.3 a certificate is refused behind the handshake, and what we have sent by then makes
    the broker's system cut the connection before its alert has been read. So the broker is asked
    once more by a client that only listens.
    """
    if address.ca_file is None:
        step = "set mqtt.ca_file if this is its TLS port, as 8883 is; else look into its log"
    else:
        step = "look into its log; it may allow no more clients"
    said = _listen(address)
    return said or BrokerError(
        f"{_name(address)} ended the connection without a word", next_step=step
    )


def _listen(address: BrokerAddress) -> BrokerError | None:
    try:
        context = address.tls_context()
        if context is None:
            return None
        where = (address.host, address.port)
        with (
            socket.create_connection(where, timeout=_LISTEN_S) as plain,
            context.wrap_socket(plain, server_hostname=address.host) as secure,
        ):
            secure.recv(1)
    except ssl.SSLError as error:
        return _by_alert(address, error)
    except (OSError, ConfigError):
        return None
    return None


def _by_alert(address: BrokerAddress, error: ssl.SSLError) -> BrokerError | None:
    for alert, (says, step) in _ALERTS.items():
        if (error.reason or "").endswith(f"ALERT_{alert}"):
            own = address.cert_file
            next_step = step.format(cert=own or "one", name=own.stem if own else "NAME")
            return BrokerError(f"{_name(address)} {says}", next_step=next_step)
    return None


def _name(address: BrokerAddress) -> str:
    return f"the broker at {address.host}:{address.port}"


def _untrusted(address: BrokerAddress, error: ssl.SSLCertVerificationError) -> BrokerError:
    broker, code = _name(address), error.verify_code
    if code == _EXPIRED:
        problem = f"the certificate of {broker} has expired, or this machine's clock is wrong"
        return BrokerError(problem, next_step="renew it on the broker; compare: timedatectl")
    if code == _NOT_YET_VALID:
        problem = f"the certificate of {broker} is not valid yet, or this machine's clock is wrong"
        return BrokerError(problem, next_step="set the clock; compare: timedatectl")
    if code in (_HOST_MISMATCH, _ADDRESS_MISMATCH):
        problem = f"the certificate of {broker} is for another name than {address.host!r}"
        step = "set mqtt.host to the name in it, or issue it for this name too"
        return BrokerError(problem, next_step=step)
    problem = (
        f"the certificate of {broker} was not signed by {address.ca_file} ({error.verify_message})"
    )
    step = "copy the certificate of the authority that signed it there: the broker's cafile"
    return BrokerError(problem, next_step=step)
