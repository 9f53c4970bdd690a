"""Where things stop on their way from the camera to the student, and what to do."""
