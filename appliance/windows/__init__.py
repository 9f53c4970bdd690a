"""From observations to evenly spaced tokens."""
