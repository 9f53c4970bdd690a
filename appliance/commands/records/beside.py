"""The databases, for commands beside a service that may be running."""

from collections.abc import Iterator
from contextlib import contextmanager

from appliance.host.clock import SystemClock, boot_time
from appliance.settings.layout import seats_with_consent
from appliance.settings.tree import Settings
from appliance.storage.store import Storage


@contextmanager
def storage_beside(settings: Settings) -> Iterator[Storage]:
    """Open the databases; the service's files are not taken away from it.

    Raises:
        StorageError: They cannot be used.
    """
    storage = Storage.open(
        settings.box.state_dir,
        clock=SystemClock(),
        boot=boot_time,
        on_file=seats_with_consent(settings),
        repair=False,
    )
    storage.start()
    try:
        yield storage
    finally:
        storage.stop()
