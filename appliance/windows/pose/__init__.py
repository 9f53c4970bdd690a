"""The pose stream of a token."""
