"""Small networks in NumPy, many at a time, and how they are taught."""
