"""The sources as configured: their file, their secrets, and the snapshot of both that is swapped whole."""
