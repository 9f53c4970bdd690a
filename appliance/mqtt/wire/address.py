"""Where the broker is and how to prove who we are; secrets stay in their files."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from appliance.errors import ConfigError
from appliance.mqtt.wire.certificate import own_certificate_ends_s
from appliance.permissions import complaint_about

_SECRETS = frozenset({"key_file", "password_file"})
_MARKS = {
    "ca_file": (b"-----BEGIN CERTIFICATE-----", "certificate"),
    "cert_file": (b"-----BEGIN CERTIFICATE-----", "certificate"),
    "key_file": (b"PRIVATE KEY-----", "private key"),
}
"""What a file of each setting holds somewhere, and how that is called."""

EXPIRY_NOTICE_S = 7 * 86400.0
"""A certificate that ends sooner was not renewed at two thirds, so somebody has to look."""

RENEW = "on the machine that keeps the room's authority run: sudo classbox pki renew"
_NOT_VALID = {  # openssl/x509_vfy.h, X509_V_ERR_*: CERT_NOT_YET_VALID, CERT_HAS_EXPIRED
    9: "set the clock of this machine; compare: timedatectl",
    10: RENEW,
}


class FileProblem(NamedTuple):
    """What is wrong with a file of the broker's table."""

    setting: str
    """Its key in ``[mqtt]``."""

    problem: str
    """The fact."""

    next_step: str
    """What to do about it."""

    def as_error(self) -> ConfigError:
        """Return the error that says so."""
        return ConfigError(f"mqtt.{self.setting}: {self.problem}", next_step=self.next_step)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """How to reach the broker; holds paths, never a secret."""

    host: str
    """Name or address; checked against the certificate under TLS."""

    port: int = 1883
    """1883 plain, 8883 TLS by convention."""

    username: str | None = None
    """None: anonymous, or the certificate's common name."""

    password_file: Path | None = None
    """First line is the password; not readable by everybody."""

    ca_file: Path | None = None
    """Certificates that the broker's must descend from; None: no TLS."""

    cert_file: Path | None = None
    """Our own certificate, PEM; None: none is shown."""

    key_file: Path | None = None
    """Key of ``cert_file``, PEM; not readable by everybody."""

    def problems(self) -> list[FileProblem]:
        """Return everything that is wrong with the files, without opening a socket."""
        files = {
            "ca_file": self.ca_file,
            "cert_file": self.cert_file,
            "key_file": self.key_file,
            "password_file": self.password_file,
        }
        found = [
            problem
            for name, path in files.items()
            if path is not None and (problem := _look_at(name, path)) is not None
        ]
        if {problem.setting for problem in found} <= {"password_file"}:
            loaded = self._load_tls()
            found += [loaded] if isinstance(loaded, FileProblem) else []
        return found

    def version(self) -> tuple[object, ...]:
        """Return something that is another as soon as one of the files was replaced."""
        files = (self.ca_file, self.cert_file, self.key_file, self.password_file)
        return tuple(None if path is None else _version(path) for path in files)

    def certificate_ends_s(self) -> float | None:
        """Return until when our own certificate is valid, Unix epoch; None without one.

        Not among the problems that keep a box from starting: somebody else renews it, and a box
        that goes on trying takes the new one.

        Raises:
            ConfigError: It is not valid now.
        """
        if self.cert_file is None or self.key_file is None:
            return None
        try:
            return own_certificate_ends_s(self.cert_file, self.key_file)
        except ssl.SSLCertVerificationError as error:
            step = _NOT_VALID.get(error.verify_code, "issue one for a client (clientAuth)")
            problem = f"our certificate in {self.cert_file}: {error.verify_message}"
            raise ConfigError(problem, next_step=step) from error
        except (OSError, ValueError) as error:
            raise _damaged("cert_file", self.cert_file, error).as_error() from error

    def read_password(self) -> str | None:
        """Return the password, or None without a password file.

        Raises:
            ConfigError: The file cannot be read or everybody can read it.
        """
        if self.password_file is None:
            return None
        problem = _look_at("password_file", self.password_file)
        if problem is not None:
            raise problem.as_error()
        return self.password_file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")

    def tls_context(self) -> ssl.SSLContext | None:
        """Return the TLS settings, or None without a CA file.

        Raises:
            ConfigError: A file is missing, is no PEM file, or key and certificate do not match.
        """
        loaded = self._load_tls()
        if isinstance(loaded, FileProblem):
            raise loaded.as_error()
        return loaded

    def _load_tls(self) -> ssl.SSLContext | FileProblem | None:
        if self.ca_file is None:
            return None
        try:
            # Only the school's own CA: no public one has a say about this broker.
            context = ssl.create_default_context(cafile=str(self.ca_file))
        except (OSError, ValueError) as error:
            return _damaged("ca_file", self.ca_file, error)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.cert_file is None or self.key_file is None:
            return context
        try:
            # A callable, so that an encrypted key fails instead of asking on a terminal.
            context.load_cert_chain(self.cert_file, self.key_file, password=lambda: "")
        except (OSError, ValueError) as error:
            if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
                return FileProblem(
                    "key_file",
                    f"{self.key_file} is not the key of the certificate in {self.cert_file}",
                    "name the key that the certificate was made for",
                )
            damaged = self.key_file if _is_encrypted(self.key_file) else self.cert_file
            setting = "key_file" if damaged is self.key_file else "cert_file"
            return _damaged(setting, damaged, error)
        return context


def _version(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _look_at(name: str, path: Path) -> FileProblem | None:
    complaint = complaint_about(path, secret=name in _SECRETS)
    if complaint is not None:
        return FileProblem(name, *complaint)
    if name in _MARKS:
        mark, what = _MARKS[name]
        if mark not in path.read_bytes():
            step = f"name the file that holds the {what} as text (PEM)"
            return FileProblem(name, f"{path} holds no {what}", step)
    return None


def _damaged(name: str, path: Path, error: Exception) -> FileProblem:
    if _is_encrypted(path):
        step = "store it without its passphrase: openssl pkey -in OLD -out NEW, mode 0640"
        return FileProblem(name, f"{path} is locked with a passphrase", step)
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
    return FileProblem(name, f"{path} is damaged ({reason})", "copy it there again")


def _is_encrypted(path: Path) -> bool:
    try:
        return b"ENCRYPTED" in path.read_bytes()
    except OSError:
        return False


def expiry_notices(ends: Mapping[str, float | None], *, now_s: float) -> tuple[str, ...]:
    """Return a line for each certificate that ends within a week, without a number in it.

    Args:
        ends: Whose certificate, and until when it is valid, Unix epoch; None where there is none.
        now_s: Wall time.
    """
    return tuple(
        f"certificate: {whose} {'has ended' if ends_s <= now_s else 'ends within a week'}; {RENEW}"
        for whose, ends_s in ends.items()
        if ends_s is not None and ends_s - now_s < EXPIRY_NOTICE_S
    )
