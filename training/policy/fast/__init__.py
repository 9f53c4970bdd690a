"""Thousands of simulated students at once, at the level of readings instead of frames."""
