"""How the pages say numbers, lengths of time and windows."""

from datetime import datetime
from zoneinfo import ZoneInfo

from scoring.core.metrics.metric import Unit
from scoring.core.statistics import Interval

WINDOWS: dict[str, str] = {
    "5m": "Last 5 minutes",
    "1h": "Last hour",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "today": "Today",
    "this_week": "This week",
}
BEFORE: dict[str, str] = {
    "5m": "the 5 min before",
    "1h": "the hour before",
    "24h": "the 24 h before",
    "7d": "the 7 days before",
    "30d": "the 30 days before",
    "today": "the same hours yesterday",
    "this_week": "the same part of last week",
}
STEPS: dict[str, str] = {
    "5m": "by minute",
    "1h": "every 5 minutes",
    "24h": "by hour",
    "7d": "every 6 hours",
    "30d": "by day (UTC)",
    "today": "by hour",
    "this_week": "every 6 hours",
}
CHANNELS: dict[str, str] = {
    "phone": "Phone",
    "email": "E-mail",
    "chat": "Chat",
    "messaging": "Messaging",
    "sms": "SMS",
    "social": "Social media",
    "video": "Video",
    "web": "Web",
    "in-person": "In person",
    "other": "Other",
    "unattributed": "Unattributed",
}
MINUS = "\N{MINUS SIGN}"


def count(number: int) -> str:
    return f"{number:,}"


def percent(ratio: float) -> str:
    """Whole percents; a tenth more where rounding would claim all or none of something that is neither."""
    if ratio < 0:  # net approval
        return MINUS + percent(-ratio)
    whole = round(ratio * 100)
    if whole == 100 and ratio < 1:
        return f"{min(ratio * 100, 99.9):.1f} %"
    if whole == 0 and ratio > 0:
        return f"{max(ratio * 100, 0.1):.1f} %"
    return f"{whole} %"


def span(seconds: float) -> str:
    """A length of time in at most two units, such as "1 h 5 min"."""
    left = round(abs(seconds))
    if left < 60:
        return f"{left} s"
    hours, left = divmod(left, 3600)
    minutes, left = divmod(left, 60)
    named = ((hours, "h"), (minutes, "min"), (left, "s"))
    return " ".join([f"{number} {unit}" for number, unit in named if number][:2])


def signed(number: float) -> str:
    whole = round(number)
    return f"+{whole}" if whole > 0 else f"{MINUS}{-whole}" if whole < 0 else "0"


def value(number: float, unit: Unit, *, name: str = "") -> str:
    """A number as a person reads it. A score is signed where it runs from -100 to 100."""
    if unit == "ratio":
        return percent(number)
    if unit == "seconds":
        return span(number)
    if unit == "contacts":
        return count(round(number))
    return signed(number) if name == "nps" else f"{number:.1f}"


def interval(bounds: Interval | None, unit: Unit, *, name: str = "") -> str:
    """ "89 to 93 %"; empty where there is none."""
    if bounds is None:
        return ""
    if unit == "ratio":
        low, high = (f"{bound * 100:.0f}".replace("-", MINUS) for bound in bounds)
        return f"{low} to {high} %"
    low, high = (value(bound, unit, name=name) for bound in bounds)
    return f"{low} to {high}"


def channel(key: str) -> str:
    return CHANNELS.get(key, key)


def team(key: str) -> str:
    return "Unattributed" if key == "unattributed" else key


def clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M:%S}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    here = at.astimezone(zone)
    return f"{here.day} {here:%b %H:%M}"


def day(at: datetime, zone: ZoneInfo) -> str:
    here = at.astimezone(zone)
    return f"{here:%A}, {here.day} {here:%B}"
