"""What the room's broker is told: its configuration, its ACL, and to read them again."""
