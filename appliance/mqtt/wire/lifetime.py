"""Until when certificates are valid, with the standard library alone."""

import ssl
from pathlib import Path

MOST_TURNS = 10
"""A handshake takes three."""


def peer_certificate_ends_s(connection: ssl.SSLSocket) -> float | None:
    """Return until when the other side's certificate is valid, Unix epoch; None without one."""
    return _ends_s(connection.getpeercert())


def own_certificate_ends_s(cert_file: Path, key_file: Path) -> float | None:
    """Return until when a client's certificate is valid, Unix epoch.

    The standard library reads a certificate for nobody but a peer who has verified it. So we show
    it to a peer in memory, which trusts this one certificate and looks at its time and use only.

    Raises:
        ssl.SSLCertVerificationError: It is not valid now, or may not be used by a client.
        OSError: A file cannot be read, or certificate and key do not match.
    """
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    asking.load_cert_chain(cert_file, key_file, password=lambda: "")
    asking.load_verify_locations(cert_file)
    asking.verify_mode = ssl.CERT_REQUIRED
    asking.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    showing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    showing.check_hostname = False
    showing.verify_mode = ssl.CERT_NONE  # we know whom we talk to: ourselves
    showing.load_cert_chain(cert_file, key_file, password=lambda: "")
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = showing.wrap_bio(back, there)
    server = asking.wrap_bio(there, back, server_side=True)
    for _ in range(MOST_TURNS):
        if all([_step(client), _step(server)]):
            break
    return _ends_s(server.getpeercert())


def _step(side: ssl.SSLObject) -> bool:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def _ends_s(certificate: object) -> float | None:
    ends = certificate.get("notAfter") if isinstance(certificate, dict) else None
    return float(ssl.cert_time_to_seconds(ends)) if isinstance(ends, str) else None
