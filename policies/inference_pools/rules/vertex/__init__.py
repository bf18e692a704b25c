"""Rules about what only Google Vertex AI has."""
