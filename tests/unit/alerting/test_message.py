"""What a notification says, and what it never says."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.core.answer import answer_of
from alerting.core.bulletin import BundleFacts, IncidentFacts, compose
from alerting.core.message import WHATS, Facts, What, of_case, score_text
from events.envelope import Event
from events.mention import Mention
from events.survey import SurveyResponse

DESK = "https://desk.example"
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
    assert of_case("page", FACTS, DESK).title == "Unhappy customer: 1 on 1-5, billing, phone"


@pytest.mark.parametrize(
    ("what", "changes", "type_", "title"),
    [
        ("page", {}, "case.opened", "Unhappy customer: 1 on 1-5, billing, phone"),
        ("page", {"step": 2}, "case.escalated", "Still waiting (2): Unhappy customer: 1 on 1-5, billing, phone"),
        ("page", {"episode": 2}, "case.escalated", "Open again: Unhappy customer: 1 on 1-5, billing, phone"),
        ("reminder", {}, "case.reminder", "Do not forget: Unhappy customer: 1 on 1-5, billing, phone"),
        ("claimed", {}, "case.claimed", "Claimed: Unhappy customer: 1 on 1-5, billing, phone"),
        ("contacted", {}, "case.contacted", "Customer contacted: Unhappy customer: 1 on 1-5, billing, phone"),
        ("closed", {}, "case.closed", "Closed: Unhappy customer: 1 on 1-5, billing, phone"),
        ("reopened", {}, "case.reopened", "Open again: Unhappy customer: 1 on 1-5, billing, phone"),
    ],
)
def test_every_transition_has_a_type_and_a_title(what: What, changes: dict[str, int], type_: str, title: str) -> None:
    notice = of_case(what, dataclasses.replace(FACTS, **changes), DESK)  # type: ignore[arg-type]
    assert (notice.data["type"], notice.title, notice.what) == (type_, title, what)
    assert notice.urgent == (what == "page")


def test_what_happened_to_a_case_bears_the_time_it_happened() -> None:
    closed = dataclasses.replace(FACTS, changed_at=NOW + timedelta(hours=2), by="Dana", outcome="not_recovered")
    notice = of_case("closed", closed, DESK)
    assert notice.data["timestamp"] == "2026-03-02T14:00:00+00:00"
    assert notice.text.startswith("closed as not recovered by Dana:\n")
    assert (notice.data["data"]["by"], notice.data["data"]["outcome"]) == ("Dana", "not_recovered")


def test_the_title_of_a_mention_names_the_network() -> None:
    facts = dataclasses.replace(
        FACTS, reason="negative_mention", instrument=None, scale=None, score=None, team=None, network="trustpilot"
    )
    assert of_case("page", facts, DESK).title == "Unhappy customer: public mention, trustpilot"


def test_praise_is_not_announced_as_an_unhappy_customer() -> None:
    facts = dataclasses.replace(FACTS, play="thank", score=None, network="trustpilot")
    notice = of_case("page", facts, DESK)
    assert notice.title == "Praise: public mention, trustpilot"
    assert "thank them" in notice.text


def test_the_text_ends_with_the_link_to_the_desk() -> None:
    for what in WHATS:
        if what not in ("incident", "bundle"):
            notice = of_case(what, FACTS, DESK)
            assert notice.link == f"https://desk.example/desk/cases/{UUID(int=7)}"
            assert notice.text.endswith(notice.link)


def test_the_data_is_what_receivers_were_promised() -> None:
    assert of_case("page", FACTS, DESK).data == {
        "type": "case.opened",
        "timestamp": "2026-03-02T12:00:00+00:00",
        "data": {
            "case_id": str(UUID(int=7)),
            "tenant": "default",
            "event_id": "e-1",
            "reason": "low_score",
            "play": "recover",
            "state": "open",
            "step": 1,
            "episode": 1,
            "instrument": "csat",
            "scale": "1-5",
            "score": 1,
            "channel": "phone",
            "team": "billing",
            "interaction_id": "call-1001",
            "customer_tier": None,
            "opened_at": "2026-03-02T12:00:00+00:00",
            "contact_due_at": None,
            "by": None,
            "outcome": None,
            "desk_url": f"https://desk.example/desk/cases/{UUID(int=7)}",
        },
    }


# --- many cases


INCIDENT = IncidentFacts(UUID(int=9), "default", "6 bad answers in billing", "team", "billing", 6, NOW, owner="maria")
BUNDLE = BundleFacts("default", NOW, {"sales": 2, None: 2, "billing": 13}, tuple(UUID(int=n) for n in range(17)))


def test_an_incident_says_how_many_cases_may_have_one_reason() -> None:
    notice = compose("incident", INCIDENT, DESK)
    assert notice.title == "Incident: 6 bad answers in billing"
    assert notice.text == f"6 cases may have one reason. Look at them together:\n{notice.link}"
    assert notice.link == f"https://desk.example/desk/incidents/{UUID(int=9)}"
    assert notice.fields == (("Cases", "6"), ("Team", "billing"))
    assert notice.data["type"] == "incident.opened"
    assert notice.data["data"] == {
        "incident_id": str(UUID(int=9)),
        "tenant": "default",
        "title": "6 bad answers in billing",
        "dimension": "team",
        "key": "billing",
        "state": "open",
        "cases": 6,
        "owner": "maria",
        "opened_at": "2026-03-02T12:00:00+00:00",
        "desk_url": notice.link,
    }


def test_a_bundle_counts_all_and_names_the_teams_with_most_first() -> None:
    notice = compose("bundle", BUNDLE, DESK)
    assert (notice.title, notice.link) == ("17 more cases wait", "https://desk.example/desk/")
    assert notice.fields == (("billing", "13"), ("sales", "2"), ("No team", "2"))
    data = notice.data["data"]
    assert (data["cases"], len(data["case_ids"]), notice.data["type"]) == (17, 17, "bundle")
    assert data["teams"][0] == {"team": "billing", "cases": 13}


def test_a_bundle_of_one_is_in_the_singular() -> None:
    assert compose("bundle", BundleFacts("default", NOW, {None: 1}, (UUID(int=1),)), DESK).title == "1 more case waits"


@given(st.integers(0, 2000), st.dictionaries(st.none() | st.text(max_size=40), st.integers(1, 99), max_size=40))
def test_a_bundle_stays_within_bounds(count: int, teams: dict[str | None, int]) -> None:
    notice = compose("bundle", BundleFacts("default", NOW, teams, tuple(UUID(int=n) for n in range(count))), DESK)
    assert len(notice.fields) <= 10
    assert notice.data["data"]["cases"] == count
    assert len(notice.data["data"]["case_ids"]) == min(count, 1000)


@given(st.text(max_size=400), st.text(max_size=400))
def test_a_title_is_one_line_of_at_most_150_characters(title: str, team: str) -> None:
    incident = dataclasses.replace(INCIDENT, title=title)
    case = dataclasses.replace(FACTS, team=team)
    assert len(compose("incident", incident, DESK).title) <= 150
    assert len(of_case("page", case, DESK).title) <= 150
    assert compose("incident", incident, DESK).title.splitlines() != []
    assert len(compose("incident", incident, DESK).title.splitlines()) == 1


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
    known = {field.name for kind in (Facts, IncidentFacts, BundleFacts) for field in dataclasses.fields(kind)}
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
    assert "canary" not in json.dumps(of_case("page", FACTS, "http://x").data)
