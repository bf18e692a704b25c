"""What audits found, kept from one to the next: since when a finding is there, and what became of it."""
