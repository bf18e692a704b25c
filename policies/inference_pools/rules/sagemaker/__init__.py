"""Rules about what only AWS SageMaker has."""
