"""What scoring tells other departments on its topic, at least once."""
