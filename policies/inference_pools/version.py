"""The version of the rule library, the pack and the command line: they are released together."""

__version__ = "2026.12.0.dev0"

PACK_VERSION = "2026.12.0-dev.0"
"""The same version as the engine reads it: semantic versioning (https://semver.org), not PEP 440."""
