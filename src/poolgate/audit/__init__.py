"""Judges the state of stacks that are already deployed, many at a time."""
