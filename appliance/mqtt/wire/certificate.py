"""Whom a certificate names and until when it is valid, with the standard library alone."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MOST_TURNS = 10
"""A handshake takes three."""


def common_name(cert_file: Path, key_file: Path) -> str | None:
    """Return the name under which a broker that goes by certificates knows a client.

    Returns:
        None when the certificate names nobody or cannot be used now, which is said elsewhere.
    """
    try:
        certificate = own_certificate(cert_file, key_file)
    except (OSError, ValueError):
        return None
    parts = (part for group in certificate.get("subject", ()) for part in group)
    return next((value for name, value in parts if name == "commonName"), None)


def peer_certificate_ends_s(connection: ssl.SSLSocket) -> float | None:
    """Return until when the other side's certificate is valid, Unix epoch; None without one."""
    return _ends_s(connection.getpeercert() or {})


def own_certificate_ends_s(cert_file: Path, key_file: Path) -> float | None:
    """Return until when a client's certificate is valid, Unix epoch.

    Raises:
        ssl.SSLCertVerificationError: It is not valid now, or may not be used by a client.
        OSError: A file cannot be read, or certificate and key do not match.
    """
    return _ends_s(own_certificate(cert_file, key_file))


def served_certificate_ends_s(cert_file: Path, key_file: Path) -> float | None:
    """Return until when a server's certificate is valid, Unix epoch.

    Raises:
        ssl.SSLCertVerificationError: It is not valid now, or may not be used by a server.
        OSError: A file cannot be read, or certificate and key do not match.
    """
    return _ends_s(own_certificate(cert_file, key_file, serves=True))


def own_certificate(cert_file: Path, key_file: Path, *, serves: bool = False) -> Mapping[str, Any]:
    """Return what a client's or a server's certificate says, as ``ssl`` has it of a peer.

    The standard library reads a certificate for nobody but a peer who has verified it. So we show
    it to a peer in memory, which trusts this one certificate and looks at its time and use only.

    Args:
        cert_file: The certificate.
        key_file: Its key.
        serves: It is shown by a server and looked at by its client.

    Raises:
        ssl.SSLCertVerificationError: It is not valid now, or may not be used so.
        OSError: A file cannot be read, or certificate and key do not match.
    """
    shown_by, looked_at_by = ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER
    if serves:
        shown_by, looked_at_by = looked_at_by, shown_by
    asking = ssl.SSLContext(looked_at_by)
    asking.check_hostname = False
    if not serves:
        asking.load_cert_chain(cert_file, key_file, password=lambda: "")
    asking.load_verify_locations(cert_file)
    asking.verify_mode = ssl.CERT_REQUIRED
    asking.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    showing = ssl.SSLContext(shown_by)
    showing.check_hostname = False
    showing.verify_mode = ssl.CERT_NONE  # we know whom we talk to: ourselves
    showing.load_cert_chain(cert_file, key_file, password=lambda: "")
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    mine = showing.wrap_bio(back, there, server_side=serves)
    others = asking.wrap_bio(there, back, server_side=not serves)
    for _ in range(MOST_TURNS):
        if all([_step(mine), _step(others)]):
            break
    return others.getpeercert() or {}


def _step(side: ssl.SSLObject) -> bool:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def _ends_s(certificate: Mapping[str, Any]) -> float | None:
    ends = certificate.get("notAfter")
    return None if ends is None else float(ssl.cert_time_to_seconds(ends))
