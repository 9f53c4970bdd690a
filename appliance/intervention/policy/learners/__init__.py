"""What may learn: networks, a bandit, or nothing; each from its warm start on."""
