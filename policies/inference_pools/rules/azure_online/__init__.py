"""Rules about what only online endpoints of Azure Machine Learning have."""
