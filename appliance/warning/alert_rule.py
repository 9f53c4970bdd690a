"""The early-warning equation, free of state and of I/O."""

import numpy as np

from appliance.domain.alerts import AlertEvidence
from appliance.domain.arrays import Float64Array, FloatArray, bind_shapes


def assess_window(*probabilities: FloatArray, theta: float, tau_tokens: int) -> AlertEvidence:
    """Decide whether one window of affect probabilities warrants an early warning.

    With the score s_i = p_fatigued_i + p_bored_i, an alert is raised when

        mean(s_1 .. s_L) > theta   and   #{i : s_i > theta} > tau

    The average keeps a brief peak from alerting; the count keeps a few extreme tokens
    from carrying a window that is otherwise calm. All comparisons are strict.

    Args:
        probabilities: (L,) per token, oldest first, in [0, 1]; one array for each class that
            is added up: p_fatigued and p_bored for equation 9, one class alone otherwise.
            They come from one softmax, so s_i <= 1.
        theta: Score threshold, dimensionless, in (0, 1).
        tau_tokens: Tokens above ``theta`` that must be exceeded, in [0, L).

    Returns:
        The decision together with the two quantities it rests on.

    Raises:
        ShapeError: The arrays differ in length.
        ValueError: There is no array, or the window is empty.

    Source:
        docs/PAPER.md, 4.1.2, eq. 9; the sum, not each probability, is compared
        (docs/DESIGN.md, 5), because "both exceed theta" cannot hold for theta >= 0.5. A single
        class is a stated extension, which Table 1 needs for confused and focused.
    """
    score = _add(*probabilities)
    mean_score = float(score.mean())
    tokens_above = int(np.count_nonzero(score > theta))
    return AlertEvidence(
        mean_score=mean_score,
        tokens_above=tokens_above,
        raised=mean_score > theta and tokens_above > tau_tokens,
    )


def find_onset(*probabilities: FloatArray, theta: float) -> int:
    """Find the token at which a raised window most plausibly began to exceed the threshold.

        onset = argmax over k of  sum(s_k - theta .. s_L - theta)

    Neither a stray peak long before nor a single dip since moves it, as they would if the
    first token above or the last unbroken run were taken. Of equal sums the earliest wins.

    Args:
        probabilities: As in ``assess_window``.
        theta: The threshold that was exceeded, in (0, 1).

    Returns:
        Index of the first token of the episode, in [0, L).

    Raises:
        ShapeError: The arrays differ in length.
        ValueError: There is no array, or the window is empty.

    Source:
        The change-point estimate of a cumulative sum test: E. S. Page, Continuous inspection
        schemes, Biometrika 41, 1954. docs/DESIGN.md, 5 asks for a back-dated start, not for how.
    """
    excess = _add(*probabilities) - theta
    return int(np.argmax(np.cumsum(excess[::-1])[::-1]))


def _add(*probabilities: FloatArray) -> Float64Array:
    named = {f"p_{number}": (p, "L") for number, p in enumerate(probabilities, start=1)}
    if not bind_shapes("assess_window", named).get("L"):
        msg = "the early-warning rule needs at least one class and one token"
        raise ValueError(msg)
    # float64 throughout: NumPy compares a float32 array with theta in float32 but a float32
    # mean in float64, so at 0.6 the two halves of the rule would disagree.
    score = np.zeros(len(probabilities[0]), dtype=np.float64)
    for p in probabilities:
        score += p
    return score
