"""Where resources come from: config files, programs, previews and deployed state."""
