"""The page for the room's door."""
