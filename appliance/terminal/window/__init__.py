"""The student's page in a browser window of its own."""
