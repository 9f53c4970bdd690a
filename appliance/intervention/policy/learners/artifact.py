"""A learned policy as it is shipped: a warm start, its baseline, and what it was made for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import AnyArray
from appliance.errors import PolicyError, ShapeError
from appliance.intervention.policy.learners.baseline import Baseline
from appliance.intervention.policy.learners.packing import digest, pack, unpack

FORMAT = "1"
_KIND = "artifact"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PolicyArtifact:
    """One file; ``learners.py`` makes a learner of it."""

    learner: str
    """``dqn`` or ``bandit``."""

    fusion: str
    """Hash of the fusion model whose readings it was taught with."""

    weights: bytes = field(repr=False)
    """What that learner's ``dump`` returned: its warm start, and each member's anchor."""

    baseline: Baseline = field(repr=False)
    """b(s) before anything real is known."""

    report: Mapping[str, float]
    """What its evaluation found, simulated; name to number."""

    made: str
    """When, ISO 8601."""

    @property
    def digest(self) -> str:
        """What tells its weights from any other's."""
        return digest(self.weights)

    def encode(self) -> bytes:
        """Return the content of its file."""
        arrays: dict[str, AnyArray] = {
            "weights": np.frombuffer(self.weights, dtype=np.uint8),
            "mean": self.baseline.mean,
            "precision": self.baseline.precision,
        }
        words = {
            "format": FORMAT,
            "learner": self.learner,
            "fusion": self.fusion,
            "digest": self.digest,
            "report": json.dumps(dict(self.report), sort_keys=True),
            "made": self.made,
        }
        return pack(_KIND, arrays, words)


def load_artifact(content: bytes, *, fusion: str) -> PolicyArtifact:
    """Read an artifact.

    Args:
        content: Of its file.
        fusion: Hash of the fusion model that the box runs.

    Raises:
        PolicyError: It is damaged, of another program, or was made for another fusion model.
    """
    arrays, words = unpack(content, kind=_KIND)
    try:
        if words["format"] != FORMAT:
            msg = f"the policy artifact has format {words['format']}, this program reads {FORMAT}"
            raise PolicyError(msg, next_step="install the one that came with this program")
        artifact = PolicyArtifact(
            learner=words["learner"],
            fusion=words["fusion"],
            weights=arrays["weights"].tobytes(),
            baseline=Baseline(mean=arrays["mean"], precision=arrays["precision"]),
            report={name: float(value) for name, value in json.loads(words["report"]).items()},
            made=words["made"],
        )
    except (AttributeError, KeyError, TypeError, ValueError, ShapeError) as error:
        msg = f"the policy artifact is damaged: {type(error).__name__}"
        raise PolicyError(msg) from error
    if words["digest"] != artifact.digest:
        msg = "the policy artifact is damaged: its weights are not those of its digest"
        raise PolicyError(msg)
    if artifact.fusion != fusion:
        msg = (
            f"the policy artifact of {artifact.made} was made for another fusion model "
            f"({artifact.fusion[:12]}, not {fusion[:12]}), whose readings mean something else"
        )
        raise PolicyError(msg, next_step="install the one that came with this program")
    return artifact
