"""How good the box's perception is on clips, and what it costs."""
