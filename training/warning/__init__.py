"""What warnings and rules score on simulated students."""
