"""Browsers: which is there, and what it is told so that it shows one page and nothing else."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import MissingProgramError, StorageError

CHROMIUMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
)
FIREFOXES = ("firefox", "firefox-esr")

CHROMIUM_OPTIONS = (
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
    "--hide-crash-restore-bubble",
    "--metrics-recording-only",
    "--no-pings",
    "--password-store=basic",
)
"""No greeting, no report to anybody.

Source: https://github.com/GoogleChrome/chrome-launcher/blob/main/docs/chrome-flags-for-tools.md
"""

FIREFOX_SETTINGS = {
    "app.normandy.enabled": "false",
    "app.update.auto": "false",
    "browser.aboutwelcome.enabled": "false",
    "browser.sessionstore.resume_from_crash": "false",
    "browser.shell.checkDefaultBrowser": "false",
    "browser.tabs.firefox-view": "false",
    "datareporting.healthreport.uploadEnabled": "false",
    "datareporting.policy.dataSubmissionEnabled": "false",
    "network.captive-portal-service.enabled": "false",
    "network.connectivity-service.enabled": "false",
    "toolkit.telemetry.enabled": "false",
    "toolkit.telemetry.unified": "false",
}
"""The same. Firefox has no app mode, and its kiosk would cover the student's own work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """A program on PATH."""

    name: str
    """As it was found."""

    program: str
    """Its path."""

    def command(self, address: str, profiles: Path) -> tuple[str, ...]:
        """Return how it is started, with a profile of its own that is made where it is missing.

        Raises:
            StorageError: The profile's folder cannot be used.
        """
        profile = profiles / self.name
        try:
            profile.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.name in FIREFOXES:
                rows = (
                    f'user_pref("{key}", {value});\n' for key, value in FIREFOX_SETTINGS.items()
                )
                (profile / "user.js").write_text("".join(rows), encoding="ascii")
        except OSError as error:
            msg = f"{profile} cannot be used ({error.strerror})"
            raise StorageError(msg, next_step="name another folder with --state") from error
        if self.name in FIREFOXES:
            return (self.program, "--no-remote", "--profile", str(profile), address)
        own = (f"--app={address}", f"--user-data-dir={profile}")
        return (self.program, *own, *CHROMIUM_OPTIONS)


def find_browser(which: Callable[[str], str | None] = shutil.which) -> Browser:
    """Return the first browser that is installed, one with an app mode before Firefox.

    Raises:
        MissingProgramError: There is none.
    """
    for name in (*CHROMIUMS, *FIREFOXES):
        program = which(name)
        if program is not None:
            return Browser(name=name, program=program)
    msg = "no browser was found on PATH"
    raise MissingProgramError(msg, next_step="run: sudo apt install chromium, or firefox-esr")
