"""Ingest's own tables: where they are, how they are made, and by what their rows are told apart."""

from pathlib import Path
from typing import NamedTuple

SCHEMA = "ingest"
MIGRATIONS = Path(__file__).parents[1] / "migrations"


class Owner(NamedTuple):
    """Whose row: ``source`` is the name in the sources file."""

    tenant: str
    source: str
