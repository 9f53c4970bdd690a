"""One terminal per enrolled seat, and what its page shows."""
