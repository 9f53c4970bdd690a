"""What a decider has to do with the sensors of its room."""
