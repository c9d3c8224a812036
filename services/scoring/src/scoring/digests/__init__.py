"""The digest: read, rendered, sent on time."""
