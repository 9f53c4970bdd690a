"""A school's own certificate authority, made by openssl for one test session."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Signs certificates; everything lies in one folder."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """What clients trust."""
        return self.folder / "ca.crt"

    @classmethod
    def create(cls, folder: Path, *, name: str = "school-ca") -> "Authority":
        """Make a new authority, or skip the test where openssl is not installed."""
        if shutil.which("openssl") is None:
            pytest.skip("openssl is not installed; run: sudo apt-get install openssl")
        folder.mkdir()
        authority = cls(folder=folder)
        _openssl(
            folder,
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
            f" -keyout ca.key -out ca.crt -subj /CN={name}",
        )
        (folder / "index.txt").write_text("")
        (folder / "ca.conf").write_text(
            "[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\ndefault_md = sha256\n"
        )
        _openssl(
            folder,
            "ca -config ca.conf -gencrl -crldays 2 -keyfile ca.key -cert ca.crt -out crl.pem",
        )
        return authority

    @property
    def revocations(self) -> Path:
        """The list of revoked certificates: nobody."""
        return self.folder / "crl.pem"

    def sign(
        self, name: str, *, host: str | None = None, days: int = 2, file: str = ""
    ) -> tuple[Path, Path]:
        """Make a key and a certificate; return certificate and key file.

        Args:
            name: Common name.
            host: Address that the certificate is for, of a server.
            days: It is valid; 0 for one that has expired.
            file: Name of the files, where it is not the common name.
        """
        file = file or name
        _openssl(
            self.folder,
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
            f" -keyout {file}.key -out {file}.csr -subj /CN={name}",
        )
        extra = ""
        if host is not None:
            (self.folder / f"{file}.ext").write_text(f"subjectAltName=IP:{host}\n")
            extra = f" -extfile {file}.ext"
        _openssl(
            self.folder,
            f"x509 -req -in {file}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days {days}"
            f" -out {file}.crt{extra}",
        )
        key = self.folder / f"{file}.key"
        key.chmod(0o600)
        return self.folder / f"{file}.crt", key


def _openssl(folder: Path, arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)
