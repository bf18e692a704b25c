"""Mutation tests of the rule library: `python -m tools.mutation` (docs/mutation-tests.md)."""
