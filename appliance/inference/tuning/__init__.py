"""Which run time and number format is fastest on this board."""
