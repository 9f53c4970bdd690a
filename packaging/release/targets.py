"""The releases and processors that a package is built for."""

from collections.abc import Iterator
from dataclasses import dataclass

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Debian's name of a processor to the one in a wheel's platform tag."""

OLDEST_GLIBC = 17
"""Minor version of the oldest C library that a wheel may ask for (manylinux2014)."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release of Debian, which Raspberry Pi OS shares."""

    name: str
    """Stands in the package's version."""

    codename: str
    python: tuple[int, int]
    """The release's own Python, which runs the box."""

    glibc: int
    """Minor version of its C library 2.x: the newest that a wheel may ask for."""


RELEASES = {
    "deb12": Release("deb12", "bookworm", (3, 11), 36),
    "deb13": Release("deb13", "trixie", (3, 13), 41),
}


@dataclass(frozen=True, slots=True)
class Target:
    """One package: a release on a processor."""

    release: Release
    architecture: str

    @property
    def name(self) -> str:
        """Return what the files of this target are called after."""
        return f"{self.release.name}_{self.architecture}"

    @property
    def interpreter(self) -> str:
        """Return the name of the release's Python below ``/usr/bin``."""
        return "python{}.{}".format(*self.release.python)

    def platform_tags(self) -> Iterator[str]:
        """Return the platform tags of the wheels that run there, the newest first.

        pip takes a tag literally: it does not know that a newer C library runs older wheels.
        """
        machine = MACHINES[self.architecture]
        for minor in range(self.release.glibc, OLDEST_GLIBC - 1, -1):
            yield f"manylinux_2_{minor}_{machine}"
        yield f"manylinux2014_{machine}"


def chosen(words: list[str]) -> list[Target]:
    """Return the targets that somebody typed, as ``deb12``, ``arm64`` or both; all by default.

    Raises:
        ValueError: A word is neither a release nor a processor.
    """
    unknown = [word for word in words if word not in RELEASES and word not in MACHINES]
    if unknown:
        msg = f"unknown: {', '.join(unknown)}; known are {', '.join([*RELEASES, *MACHINES])}"
        raise ValueError(msg)
    releases = [word for word in words if word in RELEASES] or list(RELEASES)
    machines = [word for word in words if word in MACHINES] or list(MACHINES)
    return [Target(RELEASES[release], machine) for release in releases for machine in machines]
