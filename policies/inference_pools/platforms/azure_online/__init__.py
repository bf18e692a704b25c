"""Azure Machine Learning online, batch and serverless endpoints."""
