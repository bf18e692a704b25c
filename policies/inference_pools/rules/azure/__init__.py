"""Rules about what only Azure has."""
