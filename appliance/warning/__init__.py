"""From readings to early warnings."""
