"""The machines that look for a box: who they are, and the files that they get."""
