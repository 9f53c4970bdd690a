"""Simulated sensors before a real decider."""
