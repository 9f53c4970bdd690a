"""What each head of the expression encoder is punished for."""

import torch
from torch import Tensor
from torch.nn import functional

from training.expression.network import MobileVitXxs, to_tensor
from training.expression.samples import Batch

# Blink and jaw carry PERCLOS and yawns, the cues that fatigue rests on; the rest support them.
ACTION_WEIGHTS = (3.0, 3.0, 0.7, 2.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.7)
# Spread of the teacher's actions on muxspace and FER+ training faces, floored at 0.05.
ACTION_SPREADS = (0.22, 0.22, 0.17, 0.15, 0.2, 0.2, 0.33, 0.06, 0.08, 0.16)


def losses(
    network: MobileVitXxs, batch: Batch, *, device: str, actions_only: bool
) -> dict[str, Tensor]:
    """Return the loss of each head on one batch; ``actions_only`` leaves out all others."""
    pixels = to_tensor(batch.pixels, device=device)
    _, logits, affect, actions = network(pixels)

    target = torch.from_numpy(batch.expression).to(device)
    weight = torch.from_numpy(batch.expression_weight).to(device)
    surprise = -(target * functional.log_softmax(logits, dim=1)).sum(dim=1)
    expression = (surprise * weight).sum() / weight.sum()

    wanted = torch.from_numpy(batch.affect).to(device)
    measured = torch.from_numpy(batch.measured).to(device)
    anchored = torch.from_numpy(batch.anchored).to(device)
    # The squared error steadies the concordance, which is noisy over so few faces.
    discord = 2.0 - concordance(affect[measured], wanted[measured]).sum()
    discord = discord + 2.0 * (affect[measured] - wanted[measured]).square().mean()
    anchor = (affect[anchored] - wanted[anchored]).square().mean()

    spreads = torch.tensor(ACTION_SPREADS, device=device)
    emphasis = torch.tensor(ACTION_WEIGHTS, device=device) / sum(ACTION_WEIGHTS)
    shown = torch.from_numpy(batch.action_weight).to(device)
    error = (actions - torch.from_numpy(batch.actions).to(device)) / spreads
    # Beyond two spreads the error counts linearly: the teacher is sometimes plainly wrong.
    robust = functional.huber_loss(error, torch.zeros_like(error), delta=2.0, reduction="none")
    action = (robust * shown * emphasis).sum() / (shown * emphasis).sum().clamp(min=1e-6)
    if actions_only:
        return {"actions": action}
    return {
        "expression": expression,
        "affect": discord,
        "anchor": anchor,
        "actions": action,
    }


def concordance(guess: Tensor, truth: Tensor) -> Tensor:
    """Return Lin's concordance correlation per column of (N, C)."""
    guess_mean, truth_mean = guess.mean(dim=0), truth.mean(dim=0)
    covariance = ((guess - guess_mean) * (truth - truth_mean)).mean(dim=0)
    spread = guess.var(dim=0, unbiased=False) + truth.var(dim=0, unbiased=False)
    return 2 * covariance / (spread + (guess_mean - truth_mean).square() + 1e-6)
