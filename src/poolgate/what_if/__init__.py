"""What other rules would say of what is deployed: what would come, what would go, and whose it is."""
