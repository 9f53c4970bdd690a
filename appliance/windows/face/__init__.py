"""The face stream of a token."""
