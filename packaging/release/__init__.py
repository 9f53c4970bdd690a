"""Builds what is installed on a board: Debian packages with their papers.

Runs on any Linux machine with ``dpkg-deb`` and pip; nothing of the target is executed.
"""
