"""What flows between a learned policy and the rest: choices, experience, trials."""
