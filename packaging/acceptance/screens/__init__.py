"""The screens of a room under load, under attack and with everything killed."""
