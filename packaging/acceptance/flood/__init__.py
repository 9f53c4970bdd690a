"""One terminal floods a box; the others must be heard all the same."""
