"""Which case an answer belongs to that opens none."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from alerting.core.answer import Answer
from alerting.core.rerating import WITHIN, Worked, joined, percent, rerated

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def answer(**changes: Any) -> Answer:
    said: dict[str, Any] = {
        "tenant": "t", "kind": "survey", "id": "r-2", "version": 0, "event_id": "e", "event_source": "/s",
        "occurred_at": NOW, "recorded_at": NOW, "customer_id": "cus-1", "interaction_id": "call-1",
        "instrument": "csat", "scale": "1-5", "score": 5,
    }  # fmt: skip
    return Answer(**{**said, **changes})


def case(number: int = 1, **changes: Any) -> Worked:
    said: dict[str, Any] = {
        "tenant": "t", "customer_id": "cus-1", "interaction_id": "call-1", "closed": False, "contacted_at": NOW - DAY,
    }  # fmt: skip
    return Worked(UUID(int=number), **{**said, **changes})


@pytest.mark.parametrize(
    ("said", "worked", "belongs"),
    [
        ({}, {}, True),
        ({}, {"closed": True}, True),
        ({"score": 1}, {}, True),
        ({"interaction_id": None}, {}, True),
        ({"interaction_id": "call-9"}, {}, True),
        ({"customer_id": None}, {}, True),
        ({}, {"customer_id": None}, True),
        ({"customer_id": None, "interaction_id": "call-9"}, {}, False),
        ({"customer_id": "cus-2"}, {}, False),
        ({"tenant": "other"}, {}, False),
        ({"score": None}, {}, False),
        ({"kind": "mention"}, {}, False),
        ({}, {"contacted_at": None}, False),
        ({}, {"contacted_at": NOW}, False),
        ({}, {"contacted_at": NOW - WITHIN}, True),
        ({}, {"contacted_at": NOW - WITHIN - timedelta(seconds=1)}, False),
        ({"customer_id": None, "interaction_id": None}, {"customer_id": None, "interaction_id": None}, False),
    ],
)
def test_an_answer_after_the_contact_rates_how_that_case_was_handled(
    said: dict[str, Any], worked: dict[str, Any], belongs: bool
) -> None:
    assert rerated(answer(**said), [case(**worked)]) == (UUID(int=1) if belongs else None)


def test_of_several_cases_the_one_about_the_same_contact_is_rated_else_the_last_one_worked() -> None:
    same, newer = case(1), case(2, interaction_id="call-2", contacted_at=NOW - timedelta(hours=1))
    older = case(3, interaction_id="call-3", contacted_at=NOW - 2 * DAY)
    assert rerated(answer(), [newer, older, same]) == same.case_id
    assert rerated(answer(interaction_id="call-9"), [older, same, newer]) == newer.case_id


@pytest.mark.parametrize(
    ("said", "worked", "belongs"),
    [
        ({}, {}, True),
        ({"customer_id": None}, {}, True),
        ({}, {"customer_id": None}, True),
        ({"score": None, "partial": True}, {}, True),
        ({"score": None}, {}, False),
        ({"comment": None}, {}, False),
        ({"comment": ""}, {}, False),
        ({}, {"closed": True}, False),
        ({"customer_id": "cus-2"}, {}, False),
        ({"interaction_id": "call-2"}, {}, False),
        ({"interaction_id": None}, {"interaction_id": None}, True),
        ({"interaction_id": None, "customer_id": "cus-2"}, {"interaction_id": None}, False),
        ({"interaction_id": None, "customer_id": None}, {"interaction_id": None, "customer_id": None}, False),
        ({"kind": "mention"}, {}, False),
    ],
)
def test_a_comment_that_comes_after_its_score_belongs_to_the_case_about_the_same_contact(
    said: dict[str, Any], worked: dict[str, Any], belongs: bool
) -> None:
    found = joined(answer(**{"comment": "Nobody called.", **said}), [case(**worked)])
    assert found == (UUID(int=1) if belongs else None)


def test_scores_are_told_on_one_scale() -> None:
    assert [percent(answer(score=value)) for value in (1, 3, 5)] == [0, 50, 100]
    assert percent(answer(score=None)) is None
