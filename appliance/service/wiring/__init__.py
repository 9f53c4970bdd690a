"""Parts of a box that are connected to many others, each put together in one place."""
