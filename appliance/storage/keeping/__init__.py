"""Databases for a backup, and back from one."""
