"""What pictures of replays and measurements share."""
