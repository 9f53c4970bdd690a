"""From alerts to actions."""
