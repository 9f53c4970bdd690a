"""Which number format a run time takes unasked: eight bits only where they win and do no harm."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.domain.models import Backend, Precision
from quantization.build.speed import FASTER_BELOW, Speed

# Bounds of an INT8 form against the float one; each is inclusive.
MAX_ACCURACY_DROP = 0.01  # of all faces; one point
MAX_CONCORDANCE_DROP = 0.01
MIN_COSINE = 0.99  # median over faces
MIN_AGREEMENT = 0.97  # share of faces with the same first expression
# The slow cues rest on eyelids and jaw, and the model without emotion heads has nothing else.
MIN_CUE_CORRELATION = 0.99
CUES = ("blink_left", "blink_right", "jaw_open")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormNumbers(Speed):
    """What one form scores; a number that needs a head the model lacks is None."""

    accuracy_all: float | None
    """On PublicTest faces whose top vote is an expression."""

    accuracy_majority6: float | None
    """On those with at least six votes for it."""

    macro_recall: float | None
    """Mean over the expressions."""

    concordance_valence: float | None
    """On held-out DiffusionFER faces."""

    concordance_arousal: float | None
    """As above."""

    cosine_median: float | None
    """Of the embedding with the float model's."""

    cosine_p5: float | None
    """5th percentile."""

    agreement: float | None
    """Share of faces with the float model's first expression."""

    action_correlation: Mapping[str, float] = field(default_factory=dict)
    """Pearson's r with the float model, per facial action."""

    bytes: int
    """On disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The default of one run time."""

    precision: Precision
    """What is loaded unasked."""

    reason: str
    """Why, in numbers."""


def choose_default(
    backend: Backend, forms: Mapping[tuple[Backend, Precision], FormNumbers]
) -> Choice:
    """Take INT8 where it is faster and within every bound, f32 otherwise.

    f16 never wins: it computes in f32 too, and only its file is smaller.

    Args:
        backend: Run time.
        forms: Numbers of its f32, f16 and INT8 forms, among others.
    """
    whole, eight = forms[backend, Precision.F32], forms[backend, Precision.INT8]
    reasons = beyond_bounds(whole, eight)
    again = forms[backend, Precision.F16].cpu_ratio
    limit = min(1.0, again, FASTER_BELOW * (1.0 + again) / 2)
    if eight.cpu_ratio >= limit:
        reasons.append(
            f"not faster: {eight.cpu_ratio:.3f} of f32's processor time, to stay below {limit:.3f}"
        )
    if reasons:
        return Choice(precision=Precision.F32, reason="int8 is " + "; ".join(reasons))
    return Choice(
        precision=Precision.INT8,
        reason=f"int8 takes {eight.cpu_ratio:.3f} of f32's processor time (to stay below "
        f"{limit:.3f}) and is within every bound",
    )


def beyond_bounds(whole: FormNumbers, eight: FormNumbers) -> list[str]:
    """Return one line per bound that a quantized form breaks."""
    # Two scores that differ by exactly the bound are within it, whatever binary fractions say.
    slack = 1e-9
    drops = (
        ("accuracy", whole.accuracy_all, eight.accuracy_all, MAX_ACCURACY_DROP),
        (
            "valence concordance",
            whole.concordance_valence,
            eight.concordance_valence,
            MAX_CONCORDANCE_DROP,
        ),
        (
            "arousal concordance",
            whole.concordance_arousal,
            eight.concordance_arousal,
            MAX_CONCORDANCE_DROP,
        ),
    )
    reasons = [
        f"beyond the bound: {name} drops by {before - after:.4f} (at most {limit})"
        for name, before, after, limit in drops
        if before is not None and after is not None and before - after > limit + slack
    ]
    floors = [
        ("embedding cosine", eight.cosine_median, MIN_COSINE),
        ("agreement", eight.agreement, MIN_AGREEMENT),
        *((cue, eight.action_correlation.get(cue), MIN_CUE_CORRELATION) for cue in CUES),
    ]
    reasons += [
        f"beyond the bound: {name} {value:.4f} (at least {limit})"
        for name, value, limit in floors
        if value is not None and value < limit - slack
    ]
    return reasons
