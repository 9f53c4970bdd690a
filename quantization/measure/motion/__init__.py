"""Jitter, lag and re-acquisition of the pose against rendered truth."""
