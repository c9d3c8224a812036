"""Notices for channels: of one case as it goes on, and any that could ever be."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from alerting.channels.port import Envelope
from alerting.core import bulletin
from alerting.core.case import OUTCOMES
from alerting.core.message import WHATS, Facts, Notice, What, of_case
from alerting.core.rules.decision import OPENING_REASONS

CASE = UUID("0198c0de-0000-7000-8000-000000000001")
DESK = "https://amends.example.org"
OPENED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def facts(**more: Any) -> Facts:
    said = {
        "case_id": CASE, "tenant": "default", "event_id": "e-1", "reason": "low_score", "opened_at": OPENED,
        "contact_due_at": OPENED + timedelta(hours=2), "instrument": "csat", "scale": "1-5", "score": 1,
        "channel": "voice", "team": "Billing", "interaction_id": "call-7",
    }  # fmt: skip
    return Facts(**{**said, **more})


def notice(what: What = "page", **more: Any) -> Notice:
    return of_case(what, facts(**more), DESK)


def envelope(key: str = "step-1", **more: Any) -> Envelope:
    return Envelope(key, **{"thread": str(CASE), **more})


TRICKY = (
    "<!channel>",
    "*x*",
    "_x_",
    "`x`",
    "<@U0000001>",
    "[a](http://x.example)",
    "&lt;",
    "{{DATE(x)}}",
    ":tada:",
    "\n",
)
NAMES = st.one_of(
    st.sampled_from(TRICKY),
    st.text(max_size=40),
    st.text(st.characters(exclude_categories=()), min_size=200, max_size=4000),
)
_MAYBE = st.none() | NAMES


def any_facts() -> st.SearchStrategy[Facts]:
    return st.builds(
        Facts,
        case_id=st.uuids(),
        tenant=NAMES,
        event_id=NAMES,
        reason=st.sampled_from([str(reason) for reason in OPENING_REASONS]) | NAMES,
        opened_at=st.datetimes(timezones=st.just(UTC)),
        state=st.sampled_from(["open", "claimed", "contacted", "closed"]),
        play=st.sampled_from(["recover", "reply", "thank", "call_back"]),
        episode=st.integers(1, 10**6),
        step=st.integers(1, 10**6),
        contact_due_at=st.none() | st.datetimes(datetime(1971, 1, 1), datetime(9990, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # bounds
        by=_MAYBE,
        outcome=st.none() | st.sampled_from(OUTCOMES),
        instrument=_MAYBE,
        scale=_MAYBE,
        score=st.none() | st.booleans() | st.integers(-(10**9), 10**9) | NAMES,
        network=_MAYBE,
        channel=_MAYBE,
        team=_MAYBE,
        customer_tier=_MAYBE,
    )


def incident(**more: Any) -> Notice:
    said = {
        "incident_id": CASE, "tenant": "default", "title": "Long waits in Billing", "dimension": "team",
        "key": "Billing", "cases": 5, "opened_at": OPENED, "owner": "Maria Santos",
    }  # fmt: skip
    return bulletin.of_incident(bulletin.IncidentFacts(**{**said, **more}), DESK)


def many(teams: dict[str | None, int], tenant: str = "default") -> Notice:
    cases = tuple(UUID(int=number) for number in range(sum(teams.values())))
    return bulletin.bundle(bulletin.BundleFacts(tenant, OPENED, teams, cases), DESK)


def any_notice() -> st.SearchStrategy[Notice]:
    """Of a case, of an incident, of many at once; and one that nobody has thought of yet."""
    of_cases = [what for what in WHATS if what not in ("incident", "bundle")]
    return st.one_of(
        st.builds(of_case, st.sampled_from(of_cases), any_facts(), st.just(DESK)),
        st.builds(incident, title=NAMES, dimension=NAMES, key=NAMES, tenant=NAMES, cases=st.integers(0, 10**9)),
        st.builds(many, st.dictionaries(st.none() | NAMES, st.integers(1, 50), max_size=30), NAMES),
        st.builds(
            Notice,
            what=st.sampled_from(WHATS),
            title=NAMES,
            text=NAMES,
            link=st.sampled_from(["", f"{DESK}/desk", f"{DESK}/desk?{'x' * 5000}"]),
            data=st.sampled_from([{}, {"data": None}, {"data": {"episode": "x", "team": 7, "contact_due_at": 7}}]),
            fields=st.lists(st.tuples(NAMES, NAMES), max_size=30).map(tuple),
            urgent=st.booleans(),
        ),
    )
