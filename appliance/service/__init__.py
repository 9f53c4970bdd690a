"""One running box."""
