"""Passages to label scores: one protocol, one estimator a file."""
