"""What ingest decides: limits, reading, sources, when to stop trying. Pure: no I/O, no clock."""
