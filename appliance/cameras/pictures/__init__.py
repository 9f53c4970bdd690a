"""What cameras send, measured before it is decoded."""
