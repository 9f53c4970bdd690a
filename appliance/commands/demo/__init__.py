"""``classbox demo``: the packaged clip through the whole box."""
