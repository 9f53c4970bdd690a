"""Network cameras: one connection each, to the configured host alone."""
