"""What a teacher sees of the room and asks of its boxes."""
