"""Until when certificates hold, read from their files with the standard library alone."""

import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

_VERSION, _UTC_TIME = 0xA0, 0x17
_LONG_FORM = 0x80
LARGEST = 1 << 16
"""Bytes; a certificate with its chain has a few thousand."""


class CertificateFiles:
    """End dates of certificate files; a file is read again once it was replaced."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        """Begin with nothing read.

        Args:
            files: Whose certificate lies where.
        """
        self._files = dict(files)
        self._read: dict[str, tuple[tuple[int, int], float]] = {}

    def ends_s(self) -> dict[str, float]:
        """Return until when each is valid, Unix epoch; what cannot be read is left out."""
        found = {}
        for name, path in self._files.items():
            try:
                stat = path.stat()
                version = (stat.st_ino, stat.st_mtime_ns)
                if name not in self._read or self._read[name][0] != version:
                    self._read[name] = (version, certificate_ends_s(path))
            except (OSError, ValueError):
                continue
            found[name] = self._read[name][1]
        return found


def certificate_ends_s(path: Path) -> float:
    """Return until when the first certificate of a PEM file is valid, Unix epoch.

    ``mqtt.wire.certificate`` asks OpenSSL, which says it of a client's that is valid now; pages
    have to tell of a server's, too, and of one that has ended.

    Raises:
        OSError: The file cannot be read.
        ValueError: It holds no certificate.

    Source:
        RFC 5280, 4.1: Certificate ::= SEQUENCE { TBSCertificate { [0] version, serialNumber,
        signature, issuer, validity { notBefore, notAfter }, … }, … }.
    """
    with path.open("rb") as file:
        text = file.read(LARGEST).decode("ascii", errors="replace")
    end = "-----END CERTIFICATE-----"
    _, mark, rest = text.partition("-----BEGIN CERTIFICATE-----")
    body, *_ = rest.partition(end)
    der = ssl.PEM_cert_to_DER_cert(f"{mark}{body}{end}\n")
    (_, certificate), *_ = _parts(der)
    (_, signed), *_ = _parts(certificate)
    fields = list(_parts(signed))
    fields = fields[1:] if fields[:1] and fields[0][0] == _VERSION else fields
    _serial, _signature, _issuer, (_, validity), *_ = fields
    _, (kind, moment) = _parts(validity)
    layout = "%y%m%d%H%M%SZ" if kind == _UTC_TIME else "%Y%m%d%H%M%SZ"
    return datetime.strptime(moment.decode("ascii"), layout).replace(tzinfo=UTC).timestamp()


def _parts(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of each element (DER, ITU-T X.690, 8.1 and 10.1)."""
    place = 0
    while place < len(der):
        if place + 1 >= len(der):
            msg = "cut off"
            raise ValueError(msg)
        tag, length = der[place], der[place + 1]
        place += 2
        if length >= _LONG_FORM:
            width = length - _LONG_FORM
            length = int.from_bytes(der[place : place + width], "big")
            place += width
        if place + length > len(der):
            msg = "cut off"
            raise ValueError(msg)
        yield tag, der[place : place + length]
        place += length
