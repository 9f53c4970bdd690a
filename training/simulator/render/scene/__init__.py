"""Camera, light, room and video file."""
