"""What ingest deletes beside what the stores of contacts and of the queue forget by themselves. Over all tenants."""

from datetime import timedelta

from events.runtime.old_rows import rows
from events.runtime.retention import Rule

PARKED = timedelta(days=90)
"""As long as dead letters. Announced again, it is fetched again."""
RULES = (Rule("enrichment", PARKED, rows("enrichment", "received_at", only="state = 'parked'")),)
