"""Simulated lessons under several policies at once, and the policies."""
