"""Measures the whole service on this machine; ``classbox bench``."""
