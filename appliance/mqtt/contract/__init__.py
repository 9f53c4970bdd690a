"""What is said: topics, envelope, messages by family."""
