"""Stand-ins for the providers of clouds: they do what the real ones do before they would call their cloud."""
