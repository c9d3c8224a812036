"""The digest in Markdown, for chats and for people who read mail as text."""

import re
from collections.abc import Iterable, Iterator, Sequence

from scoring.core.digest import words
from scoring.core.digest.quotes import shortened
from scoring.core.digest.report import Figure, Report, Row

_SPECIAL = re.compile(r"([\\`*_{}\[\]#|~])")
_CALLS = str.maketrans({"<": "‹", ">": "›", "@": "@\N{ZERO WIDTH SPACE}"})
"""Chats take ``<!channel>`` and ``@everyone`` for calls, and know no escape for them."""
_STARTS = re.compile(r"^(\s*)([-+]|\d+[.)])")


def markdown(report: Report) -> str:
    """All of it."""
    return "\n".join(_whole(report)) + "\n"


def brief(report: Report, longest: int) -> str:
    """As much as a chat takes: what it is about, the headlines, what changed; cut at a line."""
    lines = [*_head(report), "", *(f"- {_sentence(figure)}" for figure in report.headlines)]
    text = "\n".join(lines)
    while len(text) > longest and len(lines) > 1:
        lines.pop()
        text = "\n".join([*lines, "…"])
    return text[:longest]


def escaped(text: str) -> str:
    """Text of others' that must become neither Markdown nor a call: on one line, its marks escaped."""
    line = " ".join(text.split()).translate(_CALLS)
    return _STARTS.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", line))


def _whole(report: Report) -> Iterator[str]:
    yield from _head(report)
    yield from _table(("", "now", "95 %, n", "before", "change"), map(_cells, words.flat(report.headlines)))
    if report.rows:
        names = [figure.metric.title for figure in report.rows[0].figures]
        yield from _section(f"By {words.DIMENSIONS[report.breakdown].lower()}")
        yield from _table(("", *names), (_row(row, report.breakdown) for row in report.rows))
        if report.left_out:
            yield from ("", f"and {report.left_out} more, with fewer contacts.")
    yield from _section("Recovery")
    yield from _table(("", "now", "95 %, n", "before", "change"), map(_cells, words.flat(report.recovery)))
    yield from _section("Top causes of recovery cases")
    if report.causes is None:
        yield from ("", words.NOT_KEPT)
    else:
        yield from _items(f"{escaped(c.name)}: {c.cases} ({_teams(c.teams)})" for c in report.causes)
    yield from _section("Contact reasons that leave customers least satisfied")
    yield from _reasons(report)
    yield from _section("Volume by channel")
    yield from _table(("", "contacts", "change"), (_volume(row) for row in report.channels))
    yield from _section("Busiest hours")
    yield from _items(f"{b.name}, {escaped(b.channel)}: {words.busy_text(b.mean, b.hours)}" for b in report.busiest)
    yield from _section("In customers' words")
    for remark in report.quotes:
        yield from ("", f"> “{escaped(shortened(remark.text))}”  ", f"> {escaped(words.who(remark))}")
    if not report.quotes:
        yield from ("", "No remarks to quote.")
    yield from ("", "---", "", words.footnote(report))


def _head(report: Report) -> Iterator[str]:
    yield f"# {escaped(report.title)}: {words.days(report.period)}"
    yield ""
    yield f"{escaped(report.about)}. Compared with {words.against(report.period)}."
    yield ""
    yield words.summary(report)


def _cells(figure: Figure) -> tuple[str, ...]:
    unit = figure.metric.unit
    now, before = figure.now, figure.before
    return (
        figure.metric.title,
        words.value(now, unit),
        words.basis(now, unit),
        words.value(before, unit),
        words.trend(figure),
    )


def _sentence(figure: Figure) -> str:
    unit = figure.metric.unit
    basis = words.basis(figure.now, unit)
    beside = "".join(f", with {_sentence(other)}" for other in figure.beside)
    return f"{figure.metric.title}: {words.value(figure.now, unit)}{f' ({basis})' if basis else ''}{beside}"


def _row(row: Row, dimension: str) -> tuple[str, ...]:
    shown = (
        f"{words.value(f.now, f.metric.unit)} {f'({b})' if (b := words.basis(f.now, f.metric.unit)) else ''}".strip()
        for f in row.figures
    )
    return (escaped(words.key(row.key, dimension)), *shown)


def _volume(row: Row) -> tuple[str, str, str]:
    (figure,) = row.figures
    return escaped(row.key), words.value(figure.now, figure.metric.unit), words.trend(figure)


def _reasons(report: Report) -> Iterator[str]:
    if report.reasons is None:
        yield from ("", words.NOT_KEPT)
    else:
        yield from _items(
            f"{escaped(row.key)}: " + "; ".join(_sentence(figure) for figure in row.figures) for row in report.reasons
        )


def _teams(teams: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{escaped(team)} {n}" for team, n in teams)


def _section(title: str) -> Iterator[str]:
    yield from ("", f"## {title}")


def _items(lines: Iterable[str]) -> Iterator[str]:
    yield ""
    found = [f"- {line}" for line in lines]
    yield from found or ("No data.",)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    found = [f"| {' | '.join(row)} |" for row in rows]
    if not found:
        yield from ("", "No data.")
        return
    yield from ("", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *found)
