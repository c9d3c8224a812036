"""A case as the rest of the house is told of it."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from alerting.core.report import Standing, case_reported
from events import codec
from events.case import CaseReported
from events.scales import RawValue

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CASE = Standing(
    case_id=UUID(int=12),
    tenant="acme",
    revision=3,
    changed_at=NOON,
    state="claimed",
    customer_id="cus-1",
    interaction_id="call-1",
    response_id="r-1",
    instrument="csat",
    scale="1-5",
    score=2,
    channel="phone",
    team="billing",
    agent="a-17",
    reason="invoice",
    opened_at=NOON - timedelta(minutes=9),
    claimed_at=NOON,
    contacted_at=None,
    contact_due_at=NOON + timedelta(minutes=111),
    closed_at=None,
    outcome=None,
    cause=None,
)


def test_the_same_revision_is_the_same_event_and_the_next_is_another() -> None:
    assert case_reported(CASE) == case_reported(replace(CASE))
    assert case_reported(CASE).id == f"{CASE.case_id}:3" != case_reported(replace(CASE, revision=4)).id


def test_it_survives_the_wire() -> None:
    event = case_reported(CASE)
    assert codec.decode(*codec.encode(event)) == event


def test_everything_that_the_contract_has_is_told() -> None:
    known = {field.name for field in fields(Standing)} | {"score_percent"}
    assert CaseReported.model_fields.keys() - known == {"updated_at"}, "a revision goes before it"


@pytest.mark.parametrize(
    ("scale", "score", "percent"),
    [
        ("1-5", 1, 0), ("1-5", 3, 50), ("1-7", 7, 100), ("0-10", 6, 60), ("thumbs", "down", 0), ("yes-no", True, 100),
        ("1-5", None, None), (None, None, None),
    ],
)  # fmt: skip
def test_the_score_is_told_in_percent_whatever_its_scale(
    scale: str | None, score: RawValue | None, percent: float | None
) -> None:
    assert case_reported(replace(CASE, scale=scale, score=score)).data.score_percent == percent


@pytest.mark.parametrize(("customer", "key"), [("cus-1", "cus-1"), (None, str(CASE.case_id))])
def test_the_cases_of_a_customer_stay_in_order(customer: str | None, key: str) -> None:
    assert codec.key(case_reported(replace(CASE, customer_id=customer))) == codec.key_of("acme", key)
