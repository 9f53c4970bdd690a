"""What people do, second by second."""
