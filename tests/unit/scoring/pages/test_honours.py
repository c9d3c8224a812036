"""Who leads, who won, and the numbers that earned it."""

import html
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from events.scorecard import Figure
from scoring.pages.honours import PODIUM, Honours, compose
from scoring.pages.rendering import Templates
from scoring.store.awards import Award, Leader

NOW = datetime(2026, 3, 4, 10, 37, tzinfo=UTC)
CSAT = Figure(value=0.95, n=21, low=0.77, high=0.99, definition_version=1)


def leader(key: str, rank: int, period: str = "day", rule: str = "happiest") -> Leader:
    return Leader(rule, "Happiest customers", period, "agent", key, rank, 0.8, {"csat": CSAT})  # type: ignore[arg-type]


def award(key: str, start: datetime, period: str = "day") -> Award:
    return Award(
        f"happiest:{start:%F}:{key}",
        "happiest",
        "Happiest customers",
        period,  # type: ignore[arg-type]
        start,
        start + timedelta(days=1),
        "agent",
        key,
        0.8,
        figures={"csat": CSAT},
    )


def said(shown: Honours) -> str:
    page = Templates(ZoneInfo("UTC")).fragment("honours.html", honours=shown)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_a_place_stands_with_the_numbers_that_earned_it() -> None:
    words = said(compose(NOW, [leader("a-17", 1)], [], {}))
    assert "Today Happiest customers 1 a-17 95 % Customer satisfaction (CSAT) 95 %: 77 to 99 % · n = 21" in words
    assert "This week Nobody yet" in words


def test_the_first_of_each_rule_and_period_are_shown_in_order() -> None:
    ranked = [leader(f"a-{n}", n) for n in (5, 2, 4, 1, 3)] + [leader("team", 1, "week", "other")]
    found = compose(NOW, ranked, [], {})
    assert [place.who for place in found.podiums["Today"][0].places] == ["a-1", "a-2", "a-3"][:PODIUM]
    assert [podium.places[0].who for podium in found.podiums["This week"]] == ["team"]


def test_past_awards_come_newest_first_with_their_day() -> None:
    older, newer = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
    found = compose(NOW, [], [award("old", older), award("new", newer), award("week", older, "week")], {})
    assert [won.who for won in found.won] == ["new", "week", "old"]
    assert "Tuesday, 3 March new" in said(found)
    assert "Week from Sunday, 1 March week" in said(found)


def test_praise_is_counted_the_most_first() -> None:
    words = said(compose(NOW, [], [], {"a-2": 3, "a-9": 11, "unattributed": 4}))
    assert "a-9 11 Unattributed 4 a-2 3" in words


def test_with_nothing_to_show_the_board_says_so() -> None:
    words = said(compose(NOW, [], [], {}))
    assert words.count("Nobody yet") == 2
    assert "No award in the last five weeks." in words
