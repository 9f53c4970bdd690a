"""Learners behind one gate: what may replace a rule's action, and when."""
