"""Commands about what the box keeps."""
