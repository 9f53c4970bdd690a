"""``[mqtt]``."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from appliance.settings.section import Section


class MqttSettings(Section):
    """The broker, and how the box proves who it is."""

    host: str = Field(default="localhost", min_length=1)
    """Name or address of the broker."""

    port: int = Field(default=1883, ge=1, le=65535)
    """TCP port; 8883 is usual with TLS."""

    username: str | None = None
    """Broker user; with certificates it must be the certificate's CN."""

    password_file: Path | None = None
    """File whose first line is the password; never the password itself."""

    ca_file: Path | None = None
    """Authority that signed the broker's certificate; turns TLS on."""

    cert_file: Path | None = None
    """The box's own certificate."""

    key_file: Path | None = None
    """The key of ``cert_file``."""

    @model_validator(mode="after")
    def _pairs_are_complete(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            msg = "cert_file and key_file belong together: set both or neither"
            raise ValueError(msg)
        if self.cert_file is not None and self.ca_file is None:
            msg = "cert_file needs ca_file: without it the connection would not use TLS at all"
            raise ValueError(msg)
        if self.password_file is not None and self.username is None:
            msg = "password_file needs username: the broker would ignore a password on its own"
            raise ValueError(msg)
        return self
