"""``classbox setup``: from a blank machine to a configured one."""
