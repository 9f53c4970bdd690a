"""What covers a student's screen beside the page itself."""
