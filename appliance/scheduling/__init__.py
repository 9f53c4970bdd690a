"""Which frame of which seat is looked at next, on which thread, and what is left out."""
