"""Simulated students: states, traits and what the box would see of them."""
