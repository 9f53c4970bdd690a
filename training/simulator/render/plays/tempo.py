"""Point processes, bouts and drifts that behaviour is made of."""

import numpy as np

from appliance.domain.arrays import Float64Array


def events(
    per_min: Float64Array, *, fps: float, regularity: float, rng: np.random.Generator
) -> Float64Array:
    """Return the frames (fractional) at which something happens at a changing rate.

    A renewal process with gamma intervals of shape ``regularity`` in the time that the rate
    stretches: 1 is Poisson, more is more even. The first interval is drawn at a random phase, so
    the mean rate is the given one even for rare events.

    Args:
        per_min: (T,) events per minute at each frame.
        fps: Frames per second.
        regularity: Shape of the gamma distribution, at least 1.
        rng: Randomness.
    """
    passed = np.concatenate([[0.0], np.cumsum(per_min / (60.0 * fps))])
    marks: list[float] = []
    mark = float(rng.gamma(regularity) / regularity * rng.random())
    while mark < passed[-1]:
        marks.append(mark)
        mark += float(rng.gamma(regularity) / regularity)
    frames: Float64Array = np.interp(marks, passed, np.arange(len(passed)))
    return frames


def bump(
    total: int,
    starts: Float64Array,
    lengths_s: Float64Array,
    *,
    fps: float,
    rise: float,
    hold: float,
) -> Float64Array:
    """Return (T,) signal that goes 0 → 1 → 0 at every start; overlaps keep the larger.

    Args:
        total: T, frames.
        starts: (N,) first frame of each, fractional.
        lengths_s: (N,) length of each, seconds.
        fps: Frames per second.
        rise: Share of the length in which it rises.
        hold: Share of the length in which it stays at 1.
    """
    signal = np.zeros(total)
    for start, length_s in zip(starts, lengths_s, strict=True):
        first = max(0, int(start))
        last = max(first, min(total, int(np.ceil(start + length_s * fps)) + 1))
        share = (np.arange(first, last) - start + 0.5) / (length_s * fps)
        up = np.clip(share / rise, 0, 1)
        fall = np.clip((1 - share) / (1 - rise - hold), 0, 1)
        level = np.minimum(up, fall)
        signal[first:last] = np.maximum(signal[first:last], level * level * (3 - 2 * level))
    return signal


def bouts(
    share: Float64Array, *, mean_s: float, fps: float, ramp_s: float, rng: np.random.Generator
) -> Float64Array:
    """Return (T,) signal in [0, 1] that is at 1 for about ``share`` of the time.

    Bouts have gamma lengths (shape 4) around ``mean_s``; the pauses follow from the share.

    Args:
        share: (T,) wanted share of the time in [0, 1).
        mean_s: Mean length of a bout, seconds.
        fps: Frames per second.
        ramp_s: Time of the way in and of the way out, seconds.
        rng: Randomness.
    """
    total = len(share)
    lengths: list[float] = []
    starts: list[float] = []
    position = -float(rng.random()) * mean_s * fps
    while position < total:
        here = float(np.clip(share[min(max(int(position), 0), total - 1)], 1e-4, 0.95))
        pause_s = mean_s * (1 - here) / here * float(rng.gamma(2.0) / 2.0)
        if pause_s > 2.0 * total / fps:
            pause_s = total / fps * 0.25  # look again later: the share may have changed
            position += pause_s * fps
            continue
        position += pause_s * fps
        length_s = mean_s * float(rng.gamma(4.0) / 4.0)
        starts.append(position)
        lengths.append(length_s)
        position += length_s * fps
    signal = np.zeros(total)
    for start, length_s in zip(starts, lengths, strict=True):
        ramp = min(0.45, ramp_s / max(length_s, 1e-6))
        one = bump(
            total,
            np.array([start - 0.5 * ramp_s * fps]),
            np.array([length_s + ramp_s]),
            fps=fps,
            rise=ramp,
            hold=1 - 2 * ramp,
        )
        signal = np.maximum(signal, one)
    return signal


def drift(total: int, *, tau_s: float, fps: float, rng: np.random.Generator) -> Float64Array:
    """Return (T,) smooth noise of unit variance: Ornstein-Uhlenbeck, filtered twice."""
    keep = np.exp(-1.0 / (0.5 * tau_s * fps))
    lead = int(8 * tau_s * fps)
    noise = rng.normal(0, 1, total + lead)
    for _ in range(2):
        noise = _filtered(noise, keep)
    settled = noise[lead:]
    # Variance of two equal first-order filters in a row, from its closed form.
    variance = (1 - keep) ** 4 * (1 + keep**2) / (1 - keep**2) ** 3
    drifted: Float64Array = settled / np.sqrt(variance)
    return drifted


def _filtered(noise: Float64Array, keep: float) -> Float64Array:
    out = np.empty_like(noise)
    level = 0.0
    for index, value in enumerate(noise):
        level = keep * level + (1 - keep) * value
        out[index] = level
    return out
