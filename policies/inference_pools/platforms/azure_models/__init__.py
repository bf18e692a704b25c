"""Azure OpenAI and Foundry model deployments."""
