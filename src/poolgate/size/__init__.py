"""How large a pool should be: from a declared load, from numbers, or from a record of requests."""
