"""The version of the rule library, the pack and the command line: they are released together."""

__version__ = "2026.12.0.dev0"
