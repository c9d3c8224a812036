"""Systemic incidents: many unhappy customers who have one thing in common, told once to whoever can mend it."""

from alerting.core.incidents.closing import CloseIncident
from alerting.core.incidents.detect import Burst, Sighting, burst, title
from alerting.core.incidents.rule import SHARED, TEAM_CSAT, IncidentRule, Shared

__all__ = [
    "SHARED",
    "TEAM_CSAT",
    "Burst",
    "CloseIncident",
    "IncidentRule",
    "Shared",
    "Sighting",
    "burst",
    "title",
]
