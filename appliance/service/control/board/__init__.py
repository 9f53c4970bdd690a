"""What students and teachers are told of each seat while the box runs."""
