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
    def create(cls, folder: Path) -> "Authority":
        """Make a new authority, or skip the test where openssl is not installed."""
        if shutil.which("openssl") is None:
            pytest.skip("openssl is not installed; run: sudo apt-get install openssl")
        folder.mkdir()
        authority = cls(folder=folder)
        _openssl(
            folder,
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
            " -keyout ca.key -out ca.crt -subj /CN=school-ca",
        )
        return authority

    def sign(self, name: str, *, host: str | None = None, days: int = 2) -> tuple[Path, Path]:
        """Make a key and a certificate for a common name; return certificate and key file."""
        _openssl(
            self.folder,
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
            f" -keyout {name}.key -out {name}.csr -subj /CN={name}",
        )
        extra = ""
        if host is not None:
            (self.folder / f"{name}.ext").write_text(f"subjectAltName=IP:{host}\n")
            extra = f" -extfile {name}.ext"
        _openssl(
            self.folder,
            f"x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days {days}"
            f" -out {name}.crt{extra}",
        )
        key = self.folder / f"{name}.key"
        key.chmod(0o600)
        return self.folder / f"{name}.crt", key


def _openssl(folder: Path, arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)
