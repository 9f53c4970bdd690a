"""One simulated student through the box's own features and fusion, token by token."""
