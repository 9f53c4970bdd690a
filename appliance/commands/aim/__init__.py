"""``classbox aim``: point a camera and say which part of its picture is whose seat."""
