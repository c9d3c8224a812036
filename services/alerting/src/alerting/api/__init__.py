"""The HTTP API: one file a part."""
