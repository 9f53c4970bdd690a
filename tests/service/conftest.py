"""What tests of a running box look at."""

from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs
from structlog.typing import EventDict


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    """Return what is logged."""
    structlog.reset_defaults()
    with capture_logs() as entries:
        yield entries
