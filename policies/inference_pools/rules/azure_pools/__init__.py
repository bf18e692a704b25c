"""Rules about what only inference pools of Azure Machine Learning have."""
