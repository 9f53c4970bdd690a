"""What the tests of packages share."""

from pathlib import Path

import pytest
from release.targets import RELEASES, Target


@pytest.fixture
def root() -> Path:
    """Return the clone's folder."""
    return Path(__file__).parents[2]


@pytest.fixture(params=[(release, cpu) for release in RELEASES for cpu in ("amd64", "arm64")])
def target(request: pytest.FixtureRequest) -> Target:
    """Return each of the four targets."""
    release, architecture = request.param
    return Target(RELEASES[release], architecture)
