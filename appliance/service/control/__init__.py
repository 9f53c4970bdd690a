"""What people and clocks may tell a running box to do."""
