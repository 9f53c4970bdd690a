"""What the box loads: one folder per model."""
