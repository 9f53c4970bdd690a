"""Somebody points a camera: when it may be done, how a frame gets there, what is said of it."""
