"""``[mqtt]``."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from appliance.settings.section import Expected, Id, Objection, Section

Clients = Annotated[
    tuple[Id, ...], Expected('a list of ids of a-z, 0-9 and -, such as ["teacher-1"]')
]
"""Ids under which the broker lets clients in."""


class MqttSettings(Section):
    """The broker, and how a box or a terminal proves who it is."""

    host: str = Field(default="localhost", min_length=1)
    """Name or address of the broker."""

    port: int = Field(default=1883, ge=1, le=65535)
    """TCP port; 8883 is usual with TLS."""

    username: str | None = None
    """Broker user; with certificates it must be the certificate's CN."""

    password_file: Path | None = None
    """File whose first line is the password; never the password itself."""

    cert_file: Path | None = None
    """Own certificate."""

    key_file: Path | None = Field(default=None, validate_default=True)
    """The key of ``cert_file``."""

    ca_file: Path | None = Field(default=None, validate_default=True)
    """Authority that signed the broker's certificate; turns TLS on."""

    teachers: Clients = ()
    """Clients that may ask for everything, on any seat; ``setup`` and ``pki`` keep the list."""

    it: Clients = ()
    """Clients that may point cameras and send test commands; kept like ``teachers``."""

    @field_validator("password_file")
    @classmethod
    def _password_has_its_user(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if file is not None and info.data.get("username", "") is None:
            raise Objection(
                "needs username: the broker would ignore a password on its own",
                "set mqtt.username, or leave password_file out",
            ).as_error()
        return file

    @field_validator("key_file")
    @classmethod
    def _pair_is_complete(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if "cert_file" in info.data and (info.data["cert_file"] is None) != (file is None):
            raise Objection(
                "cert_file and key_file belong together", "set both, or neither"
            ).as_error()
        return file

    @field_validator("ca_file")
    @classmethod
    def _certificate_has_tls(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if file is None and info.data.get("cert_file") is not None:
            raise Objection(
                "cert_file needs it: without it the connection would not use TLS at all",
                "set it, or leave cert_file and key_file out",
            ).as_error()
        return file
