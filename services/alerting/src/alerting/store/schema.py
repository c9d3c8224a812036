"""Alerting's own tables: where they are, and how they are made."""

from pathlib import Path

SCHEMA = "alerting"
MIGRATIONS = Path(__file__).parents[1] / "migrations"
