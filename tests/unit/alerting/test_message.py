"""What a notification says, and what it never says."""

import dataclasses
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from alerting.core.answer import answer_of
from alerting.core.message import Facts, case_opened, score_text
from events.envelope import Event
from events.mention import Mention
from events.survey import SurveyResponse

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FACTS = Facts(
    case_id=UUID(int=7),
    tenant="default",
    event_id="e-1",
    reason="low_score",
    opened_at=NOW,
    instrument="csat",
    scale="1-5",
    score=1,
    channel="phone",
    team="billing",
    interaction_id="call-1001",
)


def test_the_title_says_how_bad_and_where() -> None:
    assert case_opened(FACTS, "https://desk.example").title == "Unhappy customer: 1 on 1-5, billing, phone"


def test_the_title_of_a_mention_names_the_network() -> None:
    facts = dataclasses.replace(
        FACTS, reason="negative_mention", instrument=None, scale=None, score=None, team=None, network="trustpilot"
    )
    assert case_opened(facts, "https://desk.example").title == "Unhappy customer: public mention, trustpilot"


def test_the_text_holds_the_link_to_the_desk() -> None:
    assert f"https://desk.example/desk/cases/{UUID(int=7)}" in case_opened(FACTS, "https://desk.example").text


def test_the_data_is_what_receivers_were_promised() -> None:
    assert case_opened(FACTS, "https://desk.example").data == {
        "type": "case.opened",
        "timestamp": "2026-03-02T12:00:00+00:00",
        "data": {
            "case_id": str(UUID(int=7)),
            "tenant": "default",
            "event_id": "e-1",
            "reason": "low_score",
            "instrument": "csat",
            "scale": "1-5",
            "score": 1,
            "channel": "phone",
            "team": "billing",
            "interaction_id": "call-1001",
            "opened_at": "2026-03-02T12:00:00+00:00",
            "desk_url": f"https://desk.example/desk/cases/{UUID(int=7)}",
        },
    }


@pytest.mark.parametrize(
    ("score", "scale", "instrument", "text"),
    [
        (1, "1-5", "csat", "1 on 1-5"),
        (0.25, "0-1", "csat", "0.25 on 0-1"),
        ("no", "yes-no", "resolved", "resolved: no"),
        (False, "yes-no", "resolved", "resolved: no"),
        ("down", "thumbs", "approval", "approval: down"),
        ("bad", "good-bad", "csat", "rated bad"),
        (2, "1-5", None, "2 on 1-5"),
        (None, None, "csat", None),
    ],
)
def test_scores_in_words(score: object, scale: str, instrument: str, text: str) -> None:
    assert score_text(score, scale, instrument) == text


def test_nothing_personal_of_an_answer_has_a_place_in_a_notification() -> None:
    """Every field a notification can be made of, against every field of an answer that may be personal."""
    known = {field.name for field in dataclasses.fields(Facts)}
    assert not known & {"comment", "author", "customer_id", "url", "agent", "language"}


def test_an_answer_keeps_the_words_for_the_desk() -> None:
    said = SurveyResponse(
        response_id="r", instrument="csat", scale="1-5", value=1, comment="canary-7", submitted_at=NOW, customer_id="c"
    )
    answer = answer_of(Event("e", "s", "default", NOW, NOW, said))
    assert answer is not None
    assert (answer.comment, answer.subject) == ("canary-7", None)
    remark = Mention(mention_id="m", network="x", author="sam", text="canary-8", published_at=NOW)
    remarked = answer_of(Event("e", "s", "default", NOW, NOW, remark))
    assert remarked is not None
    assert (remarked.comment, remarked.subject) == ("canary-8", "mention:m")
    assert "canary" not in json.dumps(case_opened(FACTS, "http://x").data)
