"""Whether what the box does helps, as far as its record can tell."""
