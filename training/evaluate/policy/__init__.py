"""What simulated policies bring and risk: ``python -m training.evaluate policy``."""
