"""Fits the fast world's readings to the slow environment's, and measures how well they agree."""
