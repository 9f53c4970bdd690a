"""What IT sees of the boxes and terminals of the room, and asks of them."""
