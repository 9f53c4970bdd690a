"""The result of ``classbox tune`` in the state folder; whatever is wrong with it, the box runs."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from appliance.domain.models import Backend, ModelFile, ModelSpec, Precision
from appliance.errors import StorageError
from appliance.inference.board import BoardKey

TUNED_NAME = "engines.json"
"""Name of the file in the state folder."""

_SCHEMA = 1
_LARGEST_BYTES = 1 << 20  # a real one has some 5 kB


@dataclass(frozen=True, slots=True, kw_only=True)
class TunedModel:
    """Which form of one model was fastest."""

    digest: str
    """Of the model that was timed; another model needs another timing."""

    backend: Backend
    """Run time of the winner."""

    precision: Precision
    """Number format of the winner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What is known about this board."""

    models: Mapping[str, TunedModel] = field(default_factory=dict)
    """Winner by model."""

    problem: str = ""
    """Why nothing is known; empty when something is."""

    def winner(self, spec: ModelSpec) -> ModelFile | None:
        """Return the form to load; None when this very model has not been timed here.

        A form that the manifest does not trust is never returned, whatever the file says.
        """
        tuned = self.models.get(spec.name)
        if tuned is None or tuned.digest != spec.digest:
            return None
        for file in candidates(spec):
            if (file.backend, file.precision) == (tuned.backend, tuned.precision):
                return file
        return None


def candidates(spec: ModelSpec) -> tuple[ModelFile, ...]:
    """Return the forms of a model that are worth timing and accurate enough to win.

    f16 on ONNX Runtime is left out: its CPU kernels widen f16 to f32 and back at each operator.
    """
    return tuple(
        file
        for file in spec.files
        if file.trusted and (file.backend, file.precision) != (Backend.ONNX, Precision.F16)
    )


def read_tuned(file: Path, *, key: BoardKey) -> Tuned:
    """Read the result for this board; one that cannot be used is as good as none.

    Args:
        file: In the state folder.
        key: Of this board.

    Returns:
        The winners, or the reason why there are none.
    """
    try:
        with file.open("rb") as stream:
            document = json.loads(stream.read(_LARGEST_BYTES))
        if document["schema"] != _SCHEMA or document["board"] != asdict(key):
            return Tuned(problem="timed on another processor or with other library versions")
        models = {str(name): _tuned_model(entry) for name, entry in document["models"].items()}
    except FileNotFoundError:
        return Tuned(problem="not timed yet")
    except OSError as error:
        return Tuned(problem=f"{file.name} cannot be read ({error.strerror})")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Tuned(problem=f"{file.name} is damaged")
    return Tuned(models=models)


def write_tuned(
    file: Path, *, key: BoardKey, models: Mapping[str, TunedModel], table: object
) -> None:
    """Keep winners beside those of other models that are still valid; all or nothing.

    Args:
        file: In the state folder.
        key: Of this board.
        models: Winner by model.
        table: What was measured, for people; any JSON.

    Raises:
        StorageError: It cannot be written.
    """
    kept = {**read_tuned(file, key=key).models, **models}
    document = {
        "schema": _SCHEMA,
        "board": asdict(key),
        "models": {name: asdict(model) for name, model in sorted(kept.items())},
        "table": table,
    }
    fresh = file.with_name(f"{file.name}.new")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # sudo classbox tune: a link that the service's account made would lead root elsewhere.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(fresh, flags, 0o644), "w", encoding="utf-8") as stream:
            json.dump(document, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(file)
    except OSError as error:
        msg = f"{file}: cannot be written ({error.strerror}); the safe defaults stay in use"
        raise StorageError(msg) from error


def _tuned_model(entry: Mapping[str, Any]) -> TunedModel:
    return TunedModel(
        digest=str(entry["digest"]),
        backend=Backend(entry["backend"]),
        precision=Precision(entry["precision"]),
    )
