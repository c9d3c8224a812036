"""How a digest says numbers, changes and days, in words that stand in a mail as well as in a chat."""

from collections.abc import Iterable, Sequence
from datetime import date

from scoring.core.digest.period import Period
from scoring.core.digest.quotes import Remark
from scoring.core.digest.report import Figure, Report
from scoring.core.metrics.metric import Unit, Value
from scoring.core.statistics import FEW

MINUS = "\N{MINUS SIGN}"
NO_DATA = "no data"
NOT_KEPT = "Not kept apart for these teams and channels: see a digest about everybody."
DIMENSIONS = {"team": "Team", "channel": "Channel", "channel_team": "Channel and team", "all": ""}


def value(found: Value, unit: Unit) -> str:
    """The number, or that there is none, or that it rests on too little to be shown."""
    if found.value is None or (found.n == 0 and unit != "contacts"):
        return NO_DATA
    return "too few" if found.n < FEW and unit != "contacts" else number(found.value, unit)


def number(amount: float, unit: Unit, *, signed: bool = False) -> str:
    plus = "+" if signed and amount > 0 else ""
    match unit:
        case "ratio":
            return plus + _minus(f"{amount * 100:.1f} %")
        case "seconds":
            return f"{MINUS if amount < 0 else plus}{span(abs(amount))}"
        case "contacts":
            return plus + _minus(f"{amount:,.0f}")
    return plus + _minus(f"{amount:.1f}")


def span(seconds: float) -> str:
    """A length of time in at most two units."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, length, less, part in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= length:
            rest = whole % length // part
            return f"{whole // length} {unit} {rest} {less}" if rest else f"{whole // length} {unit}"
    return f"{whole} s"


def basis(found: Value, unit: Unit) -> str:
    """What a number rests on: its 95 % interval, where there is one, and how many it counts."""
    if unit == "contacts":
        return ""
    if found.interval is None or found.n < FEW:
        return f"n = {found.n:,}"
    low, high = (number(bound, unit) for bound in found.interval)
    return f"{low} to {high}, n = {found.n:,}"


def trend(figure: Figure) -> str:
    """How it changed, in a few words; nothing is called a change that may be noise."""
    found, unit = figure.change, figure.metric.unit
    match found.reason:
        case "rose" | "fell":
            arrow = "▲" if found.reason == "rose" else "▼"
            verdict = found.verdict(figure.metric.better)
            said = f"{arrow} {_difference(found.difference or 0.0, unit)}"
            return f"{said}, {verdict}" if verdict else said
        case "noise":
            return "no clear change"
        case "no_data":
            return "not comparable"
        case "too_few":
            return "too few to tell"
    return "not tested: no interval"


def _difference(amount: float, unit: Unit) -> str:
    if unit == "ratio":  # of percents: a share that rose from 80 % to 84 % did not rise by 4 %
        return ("+" if amount > 0 else "") + _minus(f"{amount * 100:.1f}") + " points"
    return number(amount, unit, signed=True)


def days(period: Period) -> str:
    if period.first == period.last:
        return day(period.first)
    if period.every == "month":
        return f"{period.first:%B %Y}"
    return f"{day(period.first)} to {day(period.last)}"


def day(of: date) -> str:
    return f"{of:%a} {of.day} {of:%b %Y}"


def against(period: Period) -> str:
    """What the numbers are compared with."""
    name = {"day": "the same weekday a week before", "week": "the week before", "month": "the month before"}
    return name[period.every]


def key(name: str, dimension: str) -> str:
    """A key as people read it: ``phone/billing`` is a channel and a team."""
    return name.replace("/", ", ", 1) if dimension == "channel_team" else name or "All"


def summary(report: Report) -> str:
    """What changed by more than noise, in a sentence."""
    if not report.changed:
        return "Nothing changed by more than noise."
    return f"Changed: {'; '.join(_changed(figure) for figure in report.changed)}."


def _changed(figure: Figure) -> str:
    beside = "".join(f", with {f.metric.title} {value(f.now, f.metric.unit)}" for f in figure.beside)
    return f"{figure.metric.title} {trend(figure)}{beside}"


def footnote(report: Report) -> str:
    return (
        f"As of {report.made_at:%Y-%m-%d %H:%M} UTC; days are those of {report.period.zone.key}. Beside a number stand"
        " its 95 % interval and how many answers or contacts it rests on (n). Below 5 of them no number is shown, below"
        " 30 nothing is called a change. Remarks are masked (e-mail addresses, phone, card and account numbers); a name"
        " may have been missed."
    )


def who(remark: Remark) -> str:
    """Whose quote it is, as far as it may be said: how they felt, where, about what."""
    places = (remark.class_, remark.channel, remark.team, remark.reason)
    return ", ".join(place for place in places if place)


def flat(figures: Iterable[Figure]) -> Sequence[Figure]:
    """Each figure, and those it is never shown without right below it."""
    found = {f.metric.name: f for figure in figures for f in (figure, *figure.beside)}
    return list(found.values())


def busy_text(mean: float, hours: int) -> str:
    return f"{mean:,.0f} contacts" if hours == 1 else f"{mean:,.1f} contacts on average over {hours}"


def _minus(text: str) -> str:
    return text.replace("-", MINUS)
