"""Locks a student's computer with Veyon and is sure to unlock it again."""
