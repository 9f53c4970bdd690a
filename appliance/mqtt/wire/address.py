"""Where the broker is and how to prove who we are; secrets stay in their files."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import ConfigError
from appliance.mqtt.wire.lifetime import own_certificate_ends_s

OTHERS_READ_OR_WRITE = 0o006
RENEW = "on the machine that keeps the room's authority run: classbox pki renew"
NEXT_STEPS = {  # openssl/x509_vfy.h: X509_V_ERR_…
    9: "is the clock of this machine right?",  # CERT_NOT_YET_VALID
    10: RENEW,  # CERT_HAS_EXPIRED
}


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

    def problems(self) -> list[str]:
        """Return everything that is wrong with the files, one line each, without opening a socket.

        A caller that has other settings to check too can report all problems at once.
        """
        found: list[str] = []
        if (self.cert_file is None) != (self.key_file is None):
            found.append("cert_file and key_file: give both or neither")
        if self.cert_file is not None and self.ca_file is None:
            found.append("cert_file: a certificate needs TLS, so give ca_file too")
        if self.password_file is not None and self.username is None:
            found.append("password_file: a password needs a username")
        for name, path, secret in (
            ("ca_file", self.ca_file, False),
            ("cert_file", self.cert_file, False),
            ("key_file", self.key_file, True),
            ("password_file", self.password_file, True),
        ):
            if path is not None:
                found += _file_problems(name, path, secret=secret)
        if not found:
            try:
                self.tls_context()
                self.certificate_ends_s()
            except ConfigError as error:
                found.append(str(error))
        return found

    def version(self) -> tuple[object, ...]:
        """Return something that is another as soon as one of the files was replaced."""
        files = (self.ca_file, self.cert_file, self.key_file, self.password_file)
        return tuple(None if path is None else _version(path) for path in files)

    def certificate_ends_s(self) -> float | None:
        """Return until when our own certificate is valid, Unix epoch; None without one.

        Raises:
            ConfigError: It is not valid now.
        """
        if self.cert_file is None or self.key_file is None:
            return None
        try:
            return own_certificate_ends_s(self.cert_file, self.key_file)
        except ssl.SSLCertVerificationError as error:
            step = NEXT_STEPS.get(error.verify_code, "it has to be one for a client (clientAuth)")
            msg = f"cert_file: {self.cert_file}: {error.verify_message}; {step}"
            raise ConfigError(msg) from error
        except (OSError, ValueError) as error:
            msg = f"cert_file or key_file: {error}"
            raise ConfigError(msg) from error

    def read_password(self) -> str | None:
        """Return the password, or None without a password file.

        Raises:
            ConfigError: The file cannot be read or everybody can read it.
        """
        if self.password_file is None:
            return None
        problems = _file_problems("password_file", self.password_file, secret=True)
        if problems:
            raise ConfigError("\n".join(problems))
        return self.password_file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")

    def tls_context(self) -> ssl.SSLContext | None:
        """Return the TLS settings, or None without a CA file.

        Raises:
            ConfigError: A file is missing, is no PEM file, or key and certificate do not match.
        """
        if self.ca_file is None:
            return None
        try:
            # Only the school's own CA: no public one has a say about this broker.
            context = ssl.create_default_context(cafile=str(self.ca_file))
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if self.cert_file is not None:
                # A callable, so that an encrypted key fails instead of asking on a terminal.
                context.load_cert_chain(self.cert_file, self.key_file, password=lambda: "")
        except (OSError, ValueError) as error:
            msg = f"ca_file, cert_file or key_file: {error}"
            raise ConfigError(msg) from error
        return context


def _version(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _file_problems(name: str, path: Path, *, secret: bool) -> list[str]:
    try:
        with path.open("rb"):
            mode = path.stat().st_mode
    except OSError as error:
        return [f"{name}: cannot read {path}: {error.strerror}"]
    if secret and mode & OTHERS_READ_OR_WRITE:
        return [f"{name}: everybody can read {path}; run: chmod o-rwx {path}"]
    return []
