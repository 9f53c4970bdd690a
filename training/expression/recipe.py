"""What a training run of the expression encoder depends on."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Args:
    """Every choice of the recipe."""

    data: Path = Path("../shared/data")
    """Folder with ``affect/`` and ``teachers/`` (``training/datasets/`` lists the sources)."""

    work: Path = Path("build/expression")
    """Where labels and checkpoints go; outside the repository or ignored by it."""

    renders: Path | None = None
    """Rendered faces with exact actions (``images`` RGB, ``actions``), mixed in when given."""

    name: str = "encoder"
    """Of the checkpoint."""

    side: int = 64
    """Pixels of the crop's side."""

    width: float = 1.0
    """Channels relative to MobileViT-XXS."""

    start: Path | None = None
    """Checkpoint whose averaged weights to start from, of any side."""

    guide: list[Path] | None = None
    """Checkpoint whose opinion joins the votes; of several, the mean does."""

    guide_share: float = 0.25
    """Part of the guides in a target that has votes."""

    guide_unvoted: float = 0.4
    """Weight of a target that only the guides gave."""

    expressions_only: bool = False
    """Train a guide: only faces with expressions."""

    actions_only: bool = False
    """Teach facial actions and nothing else: the encoder of the ``fatigue-only`` profile."""

    steps: int = 12000
    """Optimiser steps; the learning rate falls over the last ``decay`` of them."""

    decay: float = 0.7
    """Share of the steps with a falling learning rate, (0, 1]."""

    warmup: int = 300
    """Steps with a rising learning rate."""

    learning_rate: float = 1e-3
    """Peak, AdamW."""

    weight_decay: float = 0.05
    """AdamW; not on norms and biases."""

    batch_ferplus: int = 44
    """FER+ faces in a batch."""

    batch_diffusion: int = 8
    """DiffusionFER faces; concordance is computed over them."""

    batch_press: int = 20
    """muxspace faces as they are."""

    batch_lids: int = 8
    """muxspace and DiffusionFER faces with their lids drawn down."""

    batch_renders: int = 4
    """Rendered faces, if there are any."""

    balance: float = 0.35
    """Exponent of class balancing on FER+; 0 leaves it as it is, 1 makes all classes alike."""

    affect_weight: float = 0.15
    """Weight of 1 - concordance; more drowns the other heads in the noise of ten faces."""

    anchor_weight: float = 1.0
    """Weight of the squared error to the class means on FER+."""

    action_weight: float = 1.0
    """Weight of the actions' standardised squared error."""

    ema: float = 0.998
    """Decay of the averaged weights, which are what is measured and shipped."""

    seed: int = 7
    """Of everything."""

    threads: int = 1
    """CPU threads for torch."""

    resume: bool = False
    """Continue from the last checkpoint in ``work``."""
