"""Who earned recognition, and who would gain from coaching: rules and decisions as values."""
