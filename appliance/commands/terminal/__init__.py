"""``classbox terminal``."""
