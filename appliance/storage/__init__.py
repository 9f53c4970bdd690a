"""Features and decisions in SQLite; never frames."""
