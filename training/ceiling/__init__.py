"""What an optimal observer of simulated students scores."""
