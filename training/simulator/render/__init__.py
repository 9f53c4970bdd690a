"""Pixels of simulated students: clothed adults at a webcam, rendered on the CPU."""
