"""What operators do with sources at a terminal: ``python -m ingest source …``, which is ``amends source …``."""
