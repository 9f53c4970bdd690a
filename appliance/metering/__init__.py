"""What things cost, for measurements only."""
