"""A person as a textured mesh."""
