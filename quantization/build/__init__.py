"""Float models into every form that the box can load."""
