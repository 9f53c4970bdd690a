"""The configuration: one file per table."""
