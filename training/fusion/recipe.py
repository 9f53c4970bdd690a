"""What a training run of the fusion model depends on."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from appliance.domain.affect import AFFECTS, VIGILANCES, StudentState
from appliance.domain.tokens import UNDEFINED_WITHOUT_EMOTION


class Variant(StrEnum):
    """Which model is trained: by the profile that loads it, or a baseline of Table 2."""

    FOUR_STATE = "four-state"
    FATIGUE_ONLY = "fatigue-only"
    FACE = "face"
    POSE = "pose"
    EARLY = "early"
    CUES_ONLY = "cues-only"


BASELINES = (Variant.FACE, Variant.POSE, Variant.EARLY, Variant.CUES_ONLY)
MODELS = {Variant.FOUR_STATE: "fusion", Variant.FATIGUE_ONLY: "fusion_fatigue"}
"""Folder that the box loads each variant from."""

GOLDEN = {
    Variant.FOUR_STATE: Path("tests/fusion/golden/whole_sequence.npz"),
    Variant.FATIGUE_ONLY: Path("tests/fusion/golden/whole_sequence_fatigue.npz"),
}
"""Answers of each variant to a whole sequence, which streaming is tested against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Args:
    """What a training run depends on."""

    work: Path
    """Folder for shards and checkpoints, outside the repository."""

    variant: Variant = Variant.FOUR_STATE
    """Which model."""

    out: Path | None = None
    """Folder of the artifacts; that of the variant if none is given."""

    golden: Path | None = None
    """Where the whole-sequence answer for the streaming test goes; likewise."""

    golden_tokens: int = 420
    """Length of that answer: more than one window, so that the ring wraps."""

    seed: int = 20261122
    """Decides students, initial weights and order."""

    shards: int = 40
    """Training shards; one more is for validation and temperature."""

    students: int = 512
    """Students per training shard."""

    validation_students: int = 128
    """Students of the validation shard."""

    minutes: float = 10.0
    """Length of a simulated occupancy: more students teach more than longer stays."""

    epochs: int = 2
    """Passes over all shards."""

    batch: int = 32
    """Students per step."""

    chunk: int = 450
    """Tokens per step (90 s); the state is carried on to the next."""

    learning_rate: float = 3e-3
    """Peak of Adam's step size; warms up for 20 steps, then falls along a cosine."""

    weight_decay: float = 0.01
    """Of AdamW."""

    stride: int = 5
    """Tokens between two read-outs in the loss: 1 Hz, states do not change faster."""

    skip_tokens: int = 50
    """Tokens at the start of an occupancy without loss: nothing can be known yet."""

    projection_dropout: float = 0.5
    """Share of students whose projection is blanked: identity must not be needed."""

    coordinates_dropout: float = 0.5
    """Share of students whose k_t is blanked: bodies and cameras differ from the simulator's."""

    modality_dropout: tuple[float, float, float, float] = (0.7, 0.15, 0.08, 0.07)
    """Share of students who lose none, 30 %, 60 % or all of their face or their body."""

    alone_weight: float = 0.3
    """Weight of what each stream says by itself, beside the loss of both together."""

    label_smoothing: float = 0.0
    """States are named by observers, who err."""

    version: str = "0.3.0"
    """Version of the weights."""

    @property
    def states(self) -> tuple[StudentState, ...]:
        """What the model tells apart, in output order."""
        return VIGILANCES if self.variant is Variant.FATIGUE_ONLY else AFFECTS

    @property
    def undefined(self) -> list[int]:
        """Columns of the face stream that the model must be blind to."""
        blind = self.variant is Variant.FATIGUE_ONLY
        return list(UNDEFINED_WITHOUT_EMOTION) if blind else []
