"""poolgate: keeps the configuration of inference pools right."""
