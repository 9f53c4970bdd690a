"""Files of the machine: written whole or not at all, with an owner and a mode."""
