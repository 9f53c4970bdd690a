"""What of a model file really runs in which number format, and what model folders say."""
