"""From tokens to the probability of each affect."""
