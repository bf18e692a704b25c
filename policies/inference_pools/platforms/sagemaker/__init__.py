"""AWS SageMaker endpoints and what scales them."""
