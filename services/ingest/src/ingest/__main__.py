"""``python -m ingest``."""

from ingest.main import main

main()
