"""The program that runs on the box."""
