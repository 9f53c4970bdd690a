"""Scores of a fusion network on simulated students."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor, nn

from appliance.domain.affect import AFFECTS, StudentState


def score(
    logits: Tensor, labels: Tensor, states: Sequence[StudentState] = AFFECTS
) -> dict[str, float]:
    """Return macro-F1, recalls, ECE (15 bins) and log loss on simulated students."""
    p = logits.softmax(dim=1)
    confidence, guess = p.max(dim=1)
    f1, result = [], {}
    for index, state in enumerate(states):
        hit = int(((guess == index) & (labels == index)).sum())
        recall = hit / max(1, int((labels == index).sum()))
        precision = hit / max(1, int((guess == index).sum()))
        f1.append(2 * precision * recall / max(1e-9, precision + recall))
        result[f"recall_{state}"] = recall
    right = (guess == labels).double()
    bins = (confidence * 15).long().clamp(max=14)
    ece = sum(
        float((bins == b).double().mean())
        * abs(float(right[bins == b].mean() - confidence[bins == b].double().mean()))
        for b in range(15)
        if bool((bins == b).any())
    )
    nll = float(nn.functional.cross_entropy(logits, labels))
    return {"macro_f1": float(np.mean(f1)), **result, "ece": ece, "nll": nll}
