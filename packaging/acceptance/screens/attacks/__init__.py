"""Everything that somebody could try on the screens, tried on the real server."""
