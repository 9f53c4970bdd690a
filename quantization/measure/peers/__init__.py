"""Processor time of the box against its peers."""
