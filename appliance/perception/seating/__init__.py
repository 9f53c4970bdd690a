"""Which body belongs to which seat of a camera."""
