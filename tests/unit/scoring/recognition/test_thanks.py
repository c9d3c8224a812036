"""Praise is a top score that says something; it is for who handled the contact."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.survey import SurveyResponse
from scoring.core.attribution import Attribution
from scoring.core.facts.answer import Answer
from scoring.core.facts.contact import Contact
from scoring.core.facts.snapshot import Snapshot
from scoring.core.recognition.retry import GIVE_UP_SECONDS, delay
from scoring.core.recognition.thanks import FRESH, LONGEST, Fate, praise_in, whose

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def response(**said: Any) -> SurveyResponse:
    usual = {"response_id": "r-1", "instrument": "csat", "scale": "1-5", "value": 5, "comment": "So kind!"}
    return SurveyResponse(**(usual | {"submitted_at": NOON} | said))


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"scale": "1-7", "value": 7},
        {"instrument": "nps", "scale": "0-10", "value": 10},
        {"scale": "thumbs", "value": "up"},
        {"scale": "0-1", "value": 1.0},
        {"instrument": "resolved", "scale": "yes-no", "value": True},
    ],
)
def test_the_top_of_any_scale_with_a_comment_is_praise(said: dict[str, Any]) -> None:
    assert praise_in(response(**said)) == "So kind!"


@pytest.mark.parametrize(
    "said",
    [
        {"value": 4},
        {"instrument": "nps", "scale": "0-10", "value": 9},
        {"scale": "0-1", "value": 0.9},
        {"comment": None},
        {"comment": " \n"},
        {"status": "partial"},
        {"status": "dismissed", "value": None},
    ],
)
def test_anything_less_is_not(said: dict[str, Any]) -> None:
    assert praise_in(response(**said)) is None


def test_the_comment_is_masked_and_no_longer_than_a_message() -> None:
    assert praise_in(response(comment="Call me: +49 30 1234567")) == "Call me: [phone]"
    long = praise_in(response(comment="so " * 2000))
    assert long is not None
    assert len(long) == LONGEST


def contact(agent: str | None = None, *, said_agent: str | None = None, value: Any = 5, known: bool = True) -> Contact:
    facts = Snapshot(1, 0, "phone", "billing", agent, None, None, True, True, False, False, None, None, None, None,
                     None, False, False)  # fmt: skip
    answer = Answer(1, 0, None, "as said", said_agent, None, None, None, "csat", "1-5", value)
    return Contact(facts if known else None, {"r-1": answer})


def test_it_is_for_who_handled_the_contact_else_for_whom_the_survey_names() -> None:
    found = whose(contact("a-1", said_agent="a-2"), "r-1", NOON, NOON)
    assert found == Attribution("phone", "billing", "a-1", None)
    assert whose(contact(None, said_agent="a-2"), "r-1", NOON, NOON) == Attribution("phone", "billing", "a-2", None)
    assert whose(contact(known=False, said_agent="a-2"), "r-1", NOON, NOON) == Attribution(None, "as said", "a-2", None)


def test_who_handled_it_may_yet_be_reported_for_a_day() -> None:
    assert whose(contact(known=False), "r-1", NOON, NOON + FRESH - timedelta(seconds=1)) is Fate.UNKNOWN
    assert whose(contact(known=False), "r-1", NOON, NOON + FRESH) is Fate.UNATTRIBUTED


@pytest.mark.parametrize("found", [contact("a-1", value=4), contact("a-1", value=None), Contact(), None])
def test_an_answer_that_was_corrected_or_moved_away_is_praise_no_more(found: Contact | None) -> None:
    assert whose(found, "r-1", NOON, NOON) is Fate.WITHDRAWN


def test_a_message_is_tried_again_ever_more_seldom_and_for_a_day() -> None:
    assert [delay(attempts, age=0, share=1.0) for attempts in (1, 2, 3, 40)] == [4, 8, 16, 900]
    assert delay(5, age=0, share=0.0) == 1
    assert delay(9, age=GIVE_UP_SECONDS - 900, share=1.0) == 900
    assert delay(9, age=GIVE_UP_SECONDS - 899, share=1.0) is None
