"""Scores of a fusion network's logits on simulated students."""

from collections.abc import Sequence

from torch import Tensor, nn

from appliance.domain.affect import AFFECTS, StudentState
from training.fusion import scores


def score(
    logits: Tensor, labels: Tensor, states: Sequence[StudentState] = AFFECTS
) -> dict[str, float]:
    """Return macro-F1, recalls, ECE (15 bins) and log loss on simulated students."""
    p = logits.softmax(dim=1).double().numpy()
    table = scores.score(p, labels.numpy(), names=states)
    return {
        "macro_f1": table["macro_f1"],
        **{f"recall_{name}": recall for name, recall in table["recall"].items()},
        "ece": table["ece"],
        "nll": float(nn.functional.cross_entropy(logits, labels)),
    }
