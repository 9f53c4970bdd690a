"""Writes artifacts: a file for each learner, a manifest that names them, a report."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from appliance.intervention.policy.learners.artifact import PolicyArtifact

MANIFEST, REPORT = "manifest.json", "report.json"


def write_artifacts(
    folder: Path, artifacts: Mapping[str, PolicyArtifact], *, report: Mapping[str, object]
) -> None:
    """Write artifacts by name of their learner, replacing what was there.

    Args:
        folder: Made if need be.
        artifacts: By learner.
        report: JSON-ready; what is known of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, artifact in artifacts.items():
        content = artifact.encode()
        (folder / f"{name}.policy").write_bytes(content)
        files[name] = {
            "path": f"{name}.policy",
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "weights": artifact.digest,
            "fusion": artifact.fusion,
            "made": artifact.made,
        }
    _write(folder / MANIFEST, {"name": "policy", "licence": "Apache-2.0", "files": files})
    _write(folder / REPORT, report)


def now() -> str:
    """Return the time that goes on an artifact: to the day, as nothing depends on more."""
    return datetime.now(UTC).date().isoformat()


def _write(path: Path, table: Mapping[str, object]) -> None:
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
