"""What a box says of each seat to its student and to teachers, and what holds for it alone."""
