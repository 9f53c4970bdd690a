"""Cameras and clips as frame sources."""
