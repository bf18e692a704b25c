"""Real previews without a cloud: the engine, a language host, and a workspace on a copy of the project.

Nothing heavy is imported here; what callers need is in `engine` and `workspace`.
"""
