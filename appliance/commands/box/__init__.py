"""Commands about the box itself."""
