"""The checks on real recordings and renders, by name: ``python -m training.evaluate real``."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rich.console import Console

from appliance.errors import ApplianceError
from training.real.blink_difficulty import compare_blinks
from training.real.drowsy_blinks import evaluate_drowsy_blinks
from training.real.engines_agree import evaluate_engines
from training.real.false_fatigue import evaluate_false_fatigue
from training.real.fused.identity import evaluate_fused_identity
from training.real.identity import evaluate_identity
from training.real.posture_difficulty import compare_postures
from training.real.quiet_clips import evaluate_quiet
from training.real.two_sample import evaluate_two_sample


class RealCheck(StrEnum):
    """What can be checked on real people."""

    BLINKS = "blinks"
    IDENTITY = "identity"
    FUSED_IDENTITY = "fused-identity"
    TWO_SAMPLE = "two-sample"
    ENGINES = "engines"
    QUIET = "quiet"
    DIFFICULTY = "difficulty"
    POSTURE = "posture"
    GROUPS = "groups"


@dataclass(frozen=True, slots=True, kw_only=True)
class RealSources:
    """What the checks read."""

    data: Path
    """Folder with ``engagement``, ``fatigue``, ``posture`` and ``video``."""

    work: Path | None
    """Where what was seen of the clips is kept; None for nowhere."""

    renders: Path | None = None
    """Folder of rendered clips of people who are awake, for ``QUIET`` and ``GROUPS``."""

    limit: int | None = None
    """Most frames of each longer clip, for ``ENGINES``."""


def _false_fatigue(at: RealSources) -> dict[str, object]:
    if at.renders is None:
        msg = "needs --renders, the folder of python -m training.simulator awake"
        raise FileNotFoundError(msg)
    return evaluate_false_fatigue(at.renders, work=at.work)


CHECKS: Mapping[RealCheck, Callable[[RealSources], dict[str, object]]] = {
    RealCheck.BLINKS: lambda at: evaluate_drowsy_blinks(at.data / "fatigue" / "rldd_blinks.npz"),
    RealCheck.IDENTITY: lambda at: evaluate_identity(at.data, work=at.work),
    RealCheck.FUSED_IDENTITY: lambda at: evaluate_fused_identity(at.data, work=at.work),
    RealCheck.TWO_SAMPLE: lambda at: evaluate_two_sample(at.data, work=at.work),
    RealCheck.ENGINES: lambda at: evaluate_engines(at.data, work=at.work, limit=at.limit),
    RealCheck.DIFFICULTY: lambda at: compare_blinks(at.data / "fatigue" / "rldd_blinks.npz"),
    RealCheck.POSTURE: lambda at: compare_postures(at.data / "posture" / "multiposture.csv"),
    RealCheck.GROUPS: _false_fatigue,
    RealCheck.QUIET: lambda at: evaluate_quiet(at.data, work=at.work, renders=at.renders),
}


def run_real_checks(
    sources: RealSources,
    *,
    chosen: Iterable[RealCheck] = tuple(RealCheck),
    checks: Mapping[RealCheck, Callable[[RealSources], dict[str, object]]] = CHECKS,
) -> dict[str, object]:
    """Return a table per check; one that cannot run says why and stops no other.

    Args:
        sources: What the checks read.
        chosen: Which ones.
        checks: How each is done.
    """
    console = Console(stderr=True)
    tables: dict[str, object] = {}
    for check in dict.fromkeys(chosen):
        console.print(f"real check: {check.value}")
        try:
            tables[check.value] = checks[check](sources)
        except (ApplianceError, OSError) as error:
            tables[check.value] = {"passed": False, "not_run": str(error)}
            console.print(f"  not run: {error}", style="yellow")
    return tables
