"""Batch scoring: the runner and the writers."""
