"""What a wallboard says, made of sums alone."""

import html
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from scoring.core.measures import Sums
from scoring.pages.board import MOST_ROWS, Board, Found, compose
from scoring.pages.rendering import Templates
from scoring.pages.selection import Selection

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 2, 10, 37, 12, tzinfo=UTC)


def signals(positive: int, negative: int, contacts: int = 0) -> Sums:
    return {"answer_approvals": positive, "answer_disapprovals": negative, "contacts": contacts}


def board(
    sums: Sums,
    *,
    before: Sums | None = None,
    steps: Sequence[Sums] = (),
    by_channel: Mapping[str, Sums] | None = None,
    by_team: Mapping[str, Sums] | None = None,
    selection: Selection | None = None,
) -> Board:
    chosen = selection or Selection()
    window = chosen.now(NOW, ZONE)
    return compose(chosen, Found(NOW, window, sums, before or {}, steps, by_channel or {}, by_team or {}))


def said(shown: Board) -> str:
    """The words of the page, without its marks."""
    page = Templates(ZONE).fragment("board.html", board=shown)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_one_big_number_stands_with_what_it_rests_on() -> None:
    words = said(board(signals(90, 10), before=signals(600, 400)))
    assert "Approval rate 90 % n = 100 95 % : 83 to 94 % ▲ 30 points above the 24 h before" in words
    assert "Last 24 hours all channels all teams as of 11:37:12 Europe/Berlin" in words


def test_without_data_every_number_says_so() -> None:
    words = said(board({}))
    assert words.count("No data") == 11
    assert not re.search(r"\b0 %", words)


def test_too_few_show_only_how_many() -> None:
    words = said(board(signals(3, 1)))
    assert "Approval rate n = 4 too few to say" in words
    assert "75 %" not in words.replace("Positive 75 %", "")


def test_a_step_with_too_few_is_a_gap_in_the_chart() -> None:
    shown = board(signals(30, 10), steps=[signals(8, 2), signals(3, 1), signals(8, 2), {}, signals(8, 2)])
    line = shown.lines["approval_rate"]
    assert line is not None
    assert len(line.spark.lines) == 3
    assert (line.low, line.high) == ("80 %", "80 %")


def test_the_smallest_channels_are_shown_together_and_none_is_lost() -> None:
    channels = {name: signals(0, 0, n) for name, n in zip("abcdefg", (50, 40, 30, 20, 10, 5, 0), strict=True)}
    bars = board(signals(0, 0, 155), by_channel=channels).bars
    assert [(bar.name, bar.amount) for bar in bars] == [("a", 50), ("b", 40), ("c", 30), ("d", 20), ("2 others", 15)]
    assert bars[0].width == 100


def test_where_the_number_comes_from_lists_the_most_heard_first_and_leads_there() -> None:
    teams = {f"team {n:02}": signals(n, 1) for n in range(1, 20)} | {"silent": signals(0, 0, 9)}
    shown = board(signals(190, 19), by_team=teams, selection=Selection(channel="phone"))
    assert [row.name for row in shown.by_team[:2]] == ["team 19", "team 18"]
    assert shown.by_team[0].query == "?channel=phone&team=team+19"
    assert len(shown.by_team) == MOST_ROWS
    assert shown.teams_left_out == 19 - MOST_ROWS


def test_a_label_is_text_and_nothing_else() -> None:
    hostile = "<script>alert(1)</script>\"'><img src=x>"
    chosen = Selection(team=hostile)
    page = Templates(ZONE).fragment(
        "board.html", board=board(signals(9, 1), by_team={hostile: signals(9, 1)}, selection=chosen)
    )
    assert "<script" not in page
    assert "<img" not in page
    assert hostile in html.unescape(page)


def test_handle_time_is_nowhere_on_the_wallboard() -> None:
    words = said(board(signals(90, 10) | {"handled": 100, "handle_ms": 6_000_000}))
    assert "handle" not in words.lower()
