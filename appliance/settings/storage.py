"""``[storage]``."""

from pydantic import Field

from appliance.settings.section import Section


class StorageSettings(Section):
    """The two databases in ``state_dir``."""

    retention_days: float = Field(default=30.0, gt=0, le=365)
    """Age at which rows are deleted, days."""

    commit_s: float = Field(default=5.0, ge=1, le=10)
    """Seconds between commits of features."""

    embeddings: bool = False
    """Also keep face embeddings, which identify people."""
