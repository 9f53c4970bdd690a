"""Commands about what decides, and why."""
