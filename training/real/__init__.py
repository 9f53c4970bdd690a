"""The box on recordings of real people."""
