"""Mutation tests: `python -m tools.mutation` (docs/mutation-tests.md)."""
