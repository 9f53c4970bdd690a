"""A clip or the stored readings, drawn over time for people who would rather look."""
