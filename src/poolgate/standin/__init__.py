"""A stand-in for the azure-native provider: it does what the real one does before it would call Azure."""
