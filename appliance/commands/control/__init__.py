"""Commands that steer the box, and ask how it is."""
