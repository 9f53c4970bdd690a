"""Tokens that sensors send, put in order: what is late, doubled or missing changes no timer."""
