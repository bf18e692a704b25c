"""The lint of Pulumi's configuration files: read as the engine reads them, judged by JSON Schemas."""
