"""The fields that apt and dpkg read."""

from importlib.metadata import version

from release.targets import Target

FIELDS = """Package: classbox
Version: {version}
Architecture: {architecture}
Maintainer: Classroom Box <classbox@localhost>
Installed-Size: {kibibytes}
Depends: {depends}
Recommends: mosquitto (>= 2.0.11), systemd-timesyncd | time-daemon
Section: misc
Priority: optional
Description: early warning of fatigue from classroom cameras
 A small computer in a school computer lab watches the seats through ordinary
 cameras and gives early warning of fatigue (and, where a school may, of boredom
 and confusion): it offers a break or a hint on the student's own screen.
 Pictures never leave its memory.
 .
 Everything that it needs comes with it; nothing is downloaded. An update is
 one switched link, and the version before is kept beside it.
"""


def package_version(target: Target) -> str:
    """Return the box's version for a release, which an update of the release replaces."""
    return f"{version('classbox')}~{target.release.name}"


def control(target: Target, *, installed_bytes: int) -> str:
    """Return the control file of a package."""
    major, minor = target.release.python
    depends = [
        # The wheels are built for this Python; the next release has a package of its own.
        f"python3 (>= {major}.{minor}~)",
        f"python3 (<< {major}.{minor + 1}~)",
        f"libc6 (>= 2.{target.release.glibc})",
        "libstdc++6",
        "systemd | systemd-standalone-sysusers",
        "systemd | systemd-standalone-tmpfiles",
        "init-system-helpers (>= 1.54)",
        "debconf (>= 0.5) | debconf-2.0",
    ]
    return FIELDS.format(
        version=package_version(target),
        architecture=target.architecture,
        kibibytes=-(-installed_bytes // 1024),
        depends=", ".join(depends),
    )
