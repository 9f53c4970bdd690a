"""Reference student terminal on the command line."""
