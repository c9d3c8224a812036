"""What a digest says, and how."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from scoring.core.digest import markdown, table, words
from scoring.core.digest.busy import busiest
from scoring.core.digest.period import Period
from scoring.core.digest.quotes import Remark
from scoring.core.digest.report import (
    RECOVERY_METRICS,
    Cause,
    Report,
    causes,
    figures,
    rows,
    total,
    unhappiest,
    with_beside,
)
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Value
from scoring.digests.rendering import html

WEEK = Period("week", date(2026, 2, 23), date(2026, 3, 2), ZoneInfo("Europe/Berlin"))
MADE = datetime(2026, 3, 2, 6, tzinfo=UTC)
NOW = {"csat_satisfied": 180, "csat_dissatisfied": 20, "contacts": 400, "handled": 400, "handle_ms": 400 * 65_000}
BEFORE = {"csat_satisfied": 120, "csat_dissatisfied": 80, "contacts": 390, "handled": 390, "handle_ms": 390 * 60_000}
ODD = '=<b>"Tarif|fe" & [x](http://evil.example)</b>'


def report(**changed: object) -> Report:
    made = Report(
        title="Service",
        about="All teams and channels",
        period=WEEK,
        compared=WEEK.compared(),
        made_at=MADE,
        headlines=figures(("approval_rate", "aht", "csat", "nps", "contact_volume"), NOW, BEFORE),
        breakdown="team",
        rows=rows(("csat",), {"billing": NOW, ODD: NOW}, {"billing": BEFORE}),
        left_out=0,
        recovery=figures(RECOVERY_METRICS, {"cases_closed": 4, "cases_recovered": 3}, {}),
        causes=(Cause("late delivery", 3, (("billing", 2), ("unattributed", 1))),),
        reasons=unhappiest({"invoice": NOW, "parcel": BEFORE}, {}),
        channels=rows(("contact_volume",), {"phone": NOW}, {"phone": BEFORE}),
        busiest=tuple(busiest("phone", [(datetime(2026, 2, 24, 9, tzinfo=UTC), 120)], WEEK)),
        quotes=(Remark("They were *very* kind.\nTwice.", "satisfied", MADE, "billing", "phone", "invoice"),),
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def test_a_change_is_told_of_only_where_it_is_more_than_noise() -> None:
    said = words.summary(report())
    assert "Customer satisfaction (CSAT) ▲ +30.0 points, better" in said
    assert "Contact volume" not in said, "400 after 390 is noise"
    assert words.summary(report(headlines=figures(("csat",), NOW, NOW))) == "Nothing changed by more than noise."


def test_handle_time_stands_beside_satisfaction_in_every_form() -> None:
    alone = report(headlines=figures(("aht",), NOW, BEFORE), rows=(), reasons=(), channels=())
    assert "satisfaction (CSAT) | 90.0 %" in markdown.markdown(alone)
    assert "satisfaction (CSAT): 90.0 %" in markdown.brief(alone, 2_000)
    assert "90.0 %" in html(alone)
    assert ["headline", "All teams and channels", "csat", "0.9"] in [line[:4] for line in read(alone)]
    assert with_beside(("aht", "nps")) == ("aht", "csat", "nps")


def test_no_data_is_said_and_not_0() -> None:
    empty = report(
        headlines=figures(("csat", "nps"), {}, {}), rows=(), causes=(), reasons=(), channels=(), busiest=(), quotes=()
    )
    said = markdown.markdown(empty)
    assert "| Customer satisfaction (CSAT) | no data | n = 0 | no data | not comparable |" in said
    assert said.count("No data.") == 4
    assert "No remarks to quote." in said
    assert [line[3:] for line in read(empty) if line[2] == "nps"] == [
        ["", "0", "", "", "", "0", "no_data", str(METRICS["nps"].version)]
    ]


def test_where_nobody_can_tell_that_is_said() -> None:
    few = {"csat_satisfied": 29}
    said = [words.trend(figure) for figure in (*figures(("csat",), few, NOW), *figures(("aht",), NOW, BEFORE))]
    assert said == ["too few to tell", "not tested: no interval"]


@pytest.mark.parametrize(("n", "said"), [(0, "no data"), (4, "too few"), (5, "80.0 %")])
def test_below_five_only_how_many_is_shown(n: int, said: str) -> None:
    assert words.value(Value(0.8 if n else None, n), "ratio") == said


def test_numbers_come_with_interval_and_n() -> None:
    assert "| 90.0 % | 85.1 % to 93.4 %, n = 200 | 60.0 %" in markdown.markdown(report())


def test_others_words_become_neither_markdown_nor_html() -> None:
    said = markdown.markdown(report())
    assert '=‹b›"Tarif\\|fe"' in said
    assert "> “They were \\*very\\* kind. Twice.”" in said
    page = html(report())
    assert "<b>" not in page
    assert "=&lt;b&gt;" in page


def test_nobody_is_called_by_a_quote() -> None:
    said = markdown.escaped("<!channel> @everyone, look")
    assert "<" not in said
    assert "@e" not in said


def test_what_begins_a_formula_is_inert_in_the_table() -> None:
    assert any(line[1] == f"'{ODD}" for line in read(report()))


class Page(HTMLParser):
    """Which tags are open at the end, and what would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br"}:
            self.open.append(tag)
        self.fetched += [name for name, _ in attrs if name in {"src", "href", "background", "action"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("made", [report(), report(rows=(), causes=None, reasons=None, channels=(), quotes=())])
def test_the_page_is_whole_and_fetches_nothing(made: Report) -> None:
    page = Page()
    page.feed(html(made))
    assert (page.open, page.fetched) == ([], [])
    assert "<script" not in html(made)
    assert "url(" not in html(made)
    assert "prefers-color-scheme: dark" in html(made)


def test_a_short_form_keeps_to_its_length_and_begins_alike() -> None:
    for longest in (60, 200, 500, 2_000):
        said = markdown.brief(report(), longest)
        assert len(said) <= longest
        assert said.startswith("# Service: Mon 23 Feb 2026 to Sun 1 Mar 2026")


def test_the_least_satisfied_come_first_unless_they_are_few() -> None:
    few = {"csat_dissatisfied": 4}
    happy = {"csat_satisfied": 50}
    found = unhappiest({"few": few, "happy": happy, "some": NOW, "most": BEFORE}, {})
    assert [row.key for row in found] == ["most", "some"]
    unlucky = {"csat_satisfied": 1, "csat_dissatisfied": 4}  # 20 %, but perhaps 62 %
    surely = {"csat_satisfied": 90, "csat_dissatisfied": 110}
    assert [row.key for row in unhappiest({"unlucky": unlucky, "surely": surely}, {})] == ["surely", "unlucky"]


def test_sums_of_several_keys_are_one() -> None:
    assert METRICS["csat"].compute(total([NOW, BEFORE])) == METRICS["csat"].compute(
        {"csat_satisfied": 300, "csat_dissatisfied": 100}
    )


def test_causes_are_counted_over_teams_and_told_per_team() -> None:
    found = [("parcel", "a", 2), ("parcel", None, 1), ("invoice", "b", 4)]
    assert causes(found) == (Cause("invoice", 4, (("b", 4),)), Cause("parcel", 3, (("a", 2), ("unattributed", 1))))
    assert causes(found, ("a",)) == (Cause("parcel", 2, (("a", 2),)),)


def test_hours_are_those_of_the_readers_and_averaged_over_the_weeks() -> None:
    month = Period("month", date(2026, 3, 1), date(2026, 4, 1), ZoneInfo("Europe/Berlin"))
    nine_in_winter, nine_in_summer = datetime(2026, 3, 2, 8, tzinfo=UTC), datetime(2026, 3, 30, 7, tzinfo=UTC)
    (found,) = busiest("phone", [(nine_in_winter, 60), (nine_in_summer, 40)], month)
    assert (found.name, found.contacts, found.hours, found.mean) == ("Mon 09–10 h", 100, 5, 20)
    outside = datetime(2026, 2, 28, 22, 59, tzinfo=UTC)
    assert busiest("phone", [(outside, 60)], month) == []


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (59.6, "1 min"), (65, "1 min 5 s"), (3599.7, "1 h"), (90_000, "1 d 1 h")],
)
def test_a_length_of_time_has_at_most_two_units(seconds: float, said: str) -> None:
    assert words.span(seconds) == said


def read(made: Report) -> list[list[str]]:
    head, *lines = csv.reader(io.StringIO(table.csv(made)))
    assert tuple(head) == table.HEAD
    assert all(len(line) == len(head) for line in lines)
    return lines
