"""One team's business hours, counted hour by hour as the clock on the wall shows them. No code of scoring's is used."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from support.reference_counts import wall
from support.reference_facts import whole_ms

TEAM = "x"
DOCUMENT = {
    "calendars": {
        "office": {
            "zone": "Europe/Berlin",
            "open": {"mon-thu": "08:00-18:00", "fri": ["08:00-12:00", "13:00-17:00"]},
            "holidays": ["2026-03-04"],
        }
    },
    "teams": {TEAM: "office"},
}
"""The calendars as an operator writes them; every other team is there around the clock."""

_BERLIN = ZoneInfo("Europe/Berlin")
_HOUR = timedelta(hours=1)


@lru_cache(100_000)
def open_ms(team: str | None, start: datetime, end: datetime) -> int:
    """Milliseconds between two instants in which the team is there."""
    if team != TEAM:
        return wall(team, start, end)
    at, end, total = whole_ms(start), whole_ms(end), timedelta(0)
    while at < end:
        until = min(end, at.replace(minute=0, second=0, microsecond=0) + _HOUR)
        if _is_open(at.astimezone(_BERLIN)):
            total += until - at
        at = until
    return total // timedelta(milliseconds=1)


def _is_open(clock: datetime) -> bool:
    if clock.date() == date(2026, 3, 4):
        return False
    match clock.isoweekday():
        case 5:
            return 8 <= clock.hour < 12 or 13 <= clock.hour < 17
        case 6 | 7:
            return False
    return 8 <= clock.hour < 18
