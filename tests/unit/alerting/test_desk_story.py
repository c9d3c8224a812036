"""The timeline as people read it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from alerting.desk import story
from alerting.store.case_view import TimelineEntry

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("what", "note", "text", "quote"),
    [
        ("opened", None, "Case opened", None),
        ("told", "room", "Notified through room", None),
        ("not_told", "room: HTTP 500", "Could not notify through room: HTTP 500", None),
        ("handed_over", "to Ravi: speaks Bengali", "Handed over to Ravi", "speaks Bengali"),
        ("handed_over", "to Ravi", "Handed over to Ravi", None),
        ("attempted", "phone, no answer: tried: twice", "Not reached: phone, no answer", "tried: twice"),
        ("appointed", "2026-03-02T15:30+00:00", "To be called at 16:30", None),
        ("appointed", "2026-03-29T02:30+00:00: at\nwork", "To be called at 29 Mar 04:30", "at\nwork"),
        ("appointed", "soon", "To be called at soon", None),
        ("noted", "{0.__class__}", "Note", "{0.__class__}"),
        ("closed", "not_recovered", "Closed: not recovered", None),
        ("lapsed", "Dana", "Nothing happened for too long: open again, it was with Dana", None),
        ("joined_incident", None, "Joined incident", None),
    ],
)
def test_an_entry_is_a_sentence_and_what_somebody_wrote(
    what: str, note: str | None, text: str, quote: str | None
) -> None:
    said = story.line(TimelineEntry(NOW, "Dana", what, note), ZoneInfo("Europe/Berlin"), NOW)
    assert (said.text, said.quote) == (text, quote)
