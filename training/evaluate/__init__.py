"""What the shipped models score: ``python -m training.evaluate PART``."""
