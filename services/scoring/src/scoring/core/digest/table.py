"""The digest as CSV: one number a line, for spreadsheets and programs."""

from collections.abc import Iterable, Iterator

from scoring.core.digest import spreadsheet
from scoring.core.digest.quotes import shortened
from scoring.core.digest.report import Figure, Report

HEAD = (
    "section", "key", "metric", "value", "n", "low", "high", "before", "before_n", "change", "definition_version"
)  # fmt: skip
Line = tuple[str | int | float | None, ...]


def csv(report: Report) -> str:
    """Ratios from 0 to 1, seconds, contacts; an empty field is no data. ``change`` is the verdict on noise."""
    return spreadsheet.lines([HEAD, *_lines(report)])


def _lines(report: Report) -> Iterator[Line]:
    about = report.about
    yield from _figures("headline", about, report.headlines)
    for row in report.rows:
        yield from _figures(report.breakdown, row.key, row.figures)
    yield from _figures("recovery", about, report.recovery)
    for cause in report.causes or ():
        for team, n in cause.teams:
            yield ("cause", f"{cause.name} / {team}", "cases_closed", n, n, *(None,) * 6)
    for row in report.reasons or ():
        yield from _figures("reason", row.key, row.figures)
    for row in report.channels:
        yield from _figures("channel", row.key, row.figures)
    for busy in report.busiest:
        yield ("hour", f"{busy.name} / {busy.channel}", "contacts_per_hour", busy.mean, busy.contacts, *(None,) * 6)
    for remark in report.quotes:
        yield ("quote", shortened(remark.text), remark.class_, *(None,) * 8)


def _figures(section: str, key: str, figures: Iterable[Figure]) -> Iterator[Line]:
    found = {f.metric.name: f for figure in figures for f in (figure, *figure.beside)}
    for figure in found.values():
        now, before = figure.now, figure.before
        low, high = now.interval or (None, None)
        reason, version = figure.change.reason, figure.metric.version
        yield (section, key, figure.metric.name, now.value, now.n, low, high, before.value, before.n, reason, version)
