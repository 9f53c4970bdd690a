"""``classbox pki``: who is who in the room, by certificates."""
