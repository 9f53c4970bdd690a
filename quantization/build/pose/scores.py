"""What the forms of a landmark model score against its own float form, and which is the default.

Each form tracks whole clips on its own, as the box does, over people it has not learned from.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from appliance.domain.models import Backend, Precision
from appliance.errors import ConfigError
from appliance.inference.library import EngineChoice, ModelLibrary
from quantization.build.choice import Choice
from quantization.build.pose.crops import MEASURED
from quantization.build.speed import FASTER_BELOW, FormKey, Speed, time_all
from quantization.measure.box import LandmarkForm, Variant
from quantization.measure.pose import FormAgreement, compare_with_float

# Against its own float form, on people it was not calibrated or distilled on, on every clip.
MIN_PCK10 = 0.95
MIN_PRESENCE_AGREEMENT = 0.99
# Landmarks that tremble hide small movements, which sway, nods and hands are made of. The float
# form trembles as much as MediaPipe (quantization/measure/motion), so no more than a little is
# allowed.
MAX_JITTER_RATIO = 1.25

TURNS = 150
TIMED_SEED = 20261122  # of the pixels; what they show does not change the time


@dataclass(frozen=True, slots=True, kw_only=True)
class LandmarkNumbers:
    """What one form of a landmark model scores."""

    form: LandmarkForm
    """Which one."""

    clips: Mapping[str, FormAgreement]
    """Against the float form on the same run time, by clip; empty for the float form itself."""

    speed: Speed
    """Time per call."""

    bytes: int
    """On disk."""

    @property
    def pck10(self) -> float:
        """Of the worst clip."""
        return min((clip.pck10_upper for clip in self.clips.values()), default=1.0)

    @property
    def presence_agreement(self) -> float:
        """Of the worst clip."""
        return min((clip.presence_agreement for clip in self.clips.values()), default=1.0)

    @property
    def jitter_ratio(self) -> float:
        """Of the worst clip."""
        return max((clip.jitter_ratio for clip in self.clips.values()), default=1.0)

    @property
    def proven(self) -> bool:
        """Whether the worst clip is within every bound, inclusive."""
        return (
            self.pck10 >= MIN_PCK10
            and self.presence_agreement >= MIN_PRESENCE_AGREEMENT
            and self.jitter_ratio <= MAX_JITTER_RATIO
        )

    def summary(self) -> dict[str, object]:
        """Return it for ``report.json``; scores are those of the worst clip."""
        worst = {
            "pck10": self.pck10,
            "presence_agreement": self.presence_agreement,
            "jitter_ratio": self.jitter_ratio,
        }
        return {
            **(worst if self.clips else {}),
            "bytes": self.bytes,
            **asdict(self.speed),
            "clips": {n: {**asdict(clip), **asdict(self.form)} for n, clip in self.clips.items()},
        }


def measure_forms(
    models_dir: Path,
    name: str,
    sizes: Mapping[FormKey, int],
    *,
    data: Path,
    say: Callable[[str], object],
) -> dict[FormKey, LandmarkNumbers]:
    """Track every measured clip with every INT8 form, and time all forms in turn.

    Args:
        models_dir: Folder of model folders, detector included.
        name: Landmark model.
        sizes: Bytes of each form.
        data: Holds ``video/``.
        say: Called with one line per step.

    Raises:
        ConfigError: A clip is missing.
        ModelLoadError: A form cannot be loaded.
    """
    for clip in MEASURED:
        if not (data / "video" / clip).is_file():
            msg = f"{data / 'video' / clip}: missing; give the folder that holds video/ with --data"
            raise ConfigError(msg)
    library = ModelLibrary(models_dir, lanes=1)
    forms = {
        key: LandmarkForm(
            engine=EngineChoice(key[0].value),
            precision=key[1],
            variant=Variant(name.removeprefix("pose_landmark_")),
        )
        for key in sizes
    }
    sessions = {
        key: library.load(name, choice=form.engine, precision=form.precision).session()
        for key, form in forms.items()
    }
    say("timing all forms in turn")
    side = library.spec(name).inputs[0].shape
    pixels = np.random.default_rng(TIMED_SEED).integers(0, 256, side, dtype=np.uint8)
    speeds = time_all(sessions, [{"image": pixels}], turns=TURNS)
    numbers = {}
    for key, form in forms.items():
        clips = {}
        for clip, every in MEASURED.items() if form.precision is Precision.INT8 else ():
            say(f"{form.engine} {form.precision}: {clip}")
            clips[Path(clip).stem] = compare_with_float(
                form, clip=data / "video" / clip, library=library, every=every
            )
        numbers[key] = LandmarkNumbers(form=form, clips=clips, speed=speeds[key], bytes=sizes[key])
    return numbers


def choose_landmarks(backend: Backend, numbers: Mapping[FormKey, LandmarkNumbers]) -> Choice:
    """Take INT8 where it is proven and faster, f32 otherwise."""
    eight = numbers.get((backend, Precision.INT8))
    if eight is None:
        return Choice(precision=Precision.F32, reason="there is no int8 form")
    reasons = []
    if not eight.proven:
        reasons.append(
            f"beyond the bounds: PCK@.1 {eight.pck10:.3f} (at least {MIN_PCK10}), presence "
            f"{eight.presence_agreement:.3f} (at least {MIN_PRESENCE_AGREEMENT}), jitter "
            f"{eight.jitter_ratio:.2f} of f32's (at most {MAX_JITTER_RATIO}) on the worst clip"
        )
    if eight.speed.cpu_ratio >= FASTER_BELOW:
        reasons.append(
            f"not faster: {eight.speed.cpu_ratio:.3f} of f32's processor time, to stay below "
            f"{FASTER_BELOW}"
        )
    if reasons:
        return Choice(precision=Precision.F32, reason="int8 is " + "; ".join(reasons))
    return Choice(
        precision=Precision.INT8,
        reason=f"int8 takes {eight.speed.cpu_ratio:.3f} of f32's processor time; PCK@.1 "
        f"{eight.pck10:.3f} and presence {eight.presence_agreement:.3f} on the worst clip",
    )
