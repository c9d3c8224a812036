"""Chatwoot: what its conversations, replies and ratings come to, and what is refused with a pointer."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from events.interaction import Interaction
from events.problems import Invalid
from events.survey import SurveyResponse
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.vendors import chatwoot, delivery, facts
from ingest.vendors.outcome import Context, Fact, Ignored, Outcome, Part, Said

PAYLOADS = Path(__file__).parents[5] / "shared" / "vendor-payloads" / "chatwoot.json"
RECEIVED = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
AGENT = {"id": 21, "name": "Nadia", "type": "user"}
BOT = {"id": 2, "name": "Bot", "type": "agent_bot"}


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC)


def source(**more: Any) -> Source:
    return Source.model_validate({"name": "chat", "vendor": "chatwoot", **more})


def read(body: Any, *, headers: dict[str, str] | None = None, **configured: Any) -> list[Outcome]:
    raw = json.dumps(body).encode()
    return delivery.read(chatwoot.VENDOR, source(**configured), Format.JSON, raw, Context(RECEIVED, headers or {}))


def conversation(moment: datetime | None = None, *, agent: Any = AGENT, **more: Any) -> dict[str, Any]:
    return {
        "id": 412,
        "channel": "Channel::WebWidget",
        "status": "open",
        "created_at": int(at(9).timestamp()),
        "timestamp": int(at(9).timestamp()),
        "updated_at": moment.timestamp() if moment else None,
        "meta": {"sender": {"id": 901, "type": "contact"}, "assignee": agent, "team": {"id": 4, "name": "first line"}},
        **more,
    }


def moved(before: str, now: str, moment: datetime, event: str = "conversation_status_changed") -> dict[str, Any]:
    changed = [{"status": {"previous_value": before, "current_value": now}}]
    return conversation(moment, status=now) | {"event": event, "changed_attributes": changed}


def message(moment: datetime, talk: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "event": "message_created",
        "id": 1001,
        "created_at": moment.isoformat(),
        "message_type": "outgoing",
        "private": False,
        "content_type": "text",
        "content_attributes": {},
        "sender": AGENT,
        "conversation": talk or conversation(moment),
        **more,
    }


def rated(rating: Any, moment: datetime | None = None, *, agent: Any = AGENT, **given: Any) -> dict[str, Any]:
    submitted = {"csat_survey_response": {"rating": rating, **given}}
    talk = conversation(moment, agent=agent, status="resolved")
    kind = {"content_type": "input_csat", "content_attributes": {"submitted_values": submitted}}
    return message(at(9, 20), talk, event="message_updated", id=1005, message_type="template", sender=None, **kind)


def answer(outcomes: list[Outcome]) -> SurveyResponse:
    (said,) = [outcome for outcome in outcomes if isinstance(outcome, Said)]
    assert isinstance(said.data, SurveyResponse)
    return said.data


def contact(*bodies: Any, **configured: Any) -> Interaction | None:
    known: dict[str, Fact] = {}
    for body in bodies:
        for outcome in read(body, **configured):
            if isinstance(outcome, Part):
                known = facts.merge(known, outcome)
    said = delivery.assembled(chatwoot.VENDOR, source(**configured), "412", known, 1)
    if said is None:
        return None
    assert isinstance(said.data, Interaction)
    return said.data


def known(*bodies: Any) -> Interaction:
    found = contact(*bodies)
    assert found is not None
    return found


def complaints(body: Any) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        read(body)
    return {(problem.pointer, problem.code) for problem in caught.value.problems}


# -- ratings


def test_a_rating_names_its_conversation_its_customer_and_its_agent() -> None:
    found = answer(read(rated(4, at(9, 31), feedback_message="Sehr freundlich 😀")))
    assert (found.value, found.scale, found.comment) == (4, "1-5", "Sehr freundlich 😀")
    assert (found.interaction_id, found.customer_id, found.agent) == ("chatwoot:412", "901", "21")
    assert found.submitted_at == at(9, 31)


def test_a_rating_that_changes_is_one_response_and_the_later_wins() -> None:
    first, second = answer(read(rated(1, at(9, 31)))), answer(read(rated(5, at(9, 40))))
    assert first.response_id == second.response_id == "chat:1005"
    assert second.version > first.version


def test_an_older_chatwoot_is_dated_by_the_signature_not_by_the_last_message() -> None:
    found = answer(read(rated(2), headers={"x-chatwoot-timestamp": str(int(at(9, 45).timestamp()))}))
    assert found.submitted_at == at(9, 45)
    assert answer(read(rated(2), headers={"x-chatwoot-timestamp": "soon"})).submitted_at == RECEIVED


def test_a_survey_that_is_not_answered_is_no_answer() -> None:
    asked = rated(1) | {"content_attributes": {"submitted_values": None}}
    assert [type(outcome) for outcome in read(asked)] == [Ignored]
    assert [type(outcome) for outcome in read(asked | {"content_attributes": None})] == [Ignored]


def test_the_agent_is_kept_though_the_rating_comes_without_one() -> None:
    late = rated(1, at(9, 31), agent=None)
    assert answer(read(late)).agent is None
    assert known(late, conversation(at(9, 10)) | {"event": "conversation_updated"}).agent == "21"


def test_a_rating_off_the_scale_is_refused_where_it_stands() -> None:
    place = "/content_attributes/submitted_values/csat_survey_response/rating"
    assert complaints(rated(6)) == {(place, "off-scale")}
    assert complaints(rated("many")) == {(place, "float_type")}


# -- conversations


def test_resolved_is_over_since_it_was_resolved() -> None:
    found = known(rated(5, at(9, 31)), moved("open", "resolved", at(9, 20)))
    assert (found.resolved, found.ended_at) == (True, at(9, 20))


def test_what_changes_in_a_resolved_conversation_does_not_end_it_again() -> None:
    labelled = conversation(at(15), status="resolved") | {"event": "conversation_updated", "changed_attributes": []}
    assert known(moved("open", "resolved", at(9, 20)), labelled).ended_at == at(9, 20)


def test_a_new_status_counts_though_no_message_came_with_it() -> None:
    resolved = moved("open", "resolved", at(9, 20))
    assert resolved["timestamp"] < resolved["updated_at"]
    assert known(resolved, message(at(9, 15))).resolved is True


def test_a_change_of_status_that_is_told_by_two_events_reopens_once() -> None:
    twice = [
        moved("resolved", "open", at(10)),
        moved("resolved", "open", at(10), "conversation_updated"),
        moved("resolved", "open", at(10)),
    ]
    found = known(moved("open", "resolved", at(9, 20)), *twice, moved("snoozed", "open", at(11)))
    assert (found.reopened, found.resolved, found.ended_at) == (1, None, None)


def test_changes_may_come_as_one_object() -> None:
    reopened = moved("resolved", "pending", at(10))
    assert known(reopened | {"changed_attributes": reopened["changed_attributes"][0]}).reopened == 1
    assert known(reopened | {"changed_attributes": None}).reopened == 0


@pytest.mark.parametrize(
    ("kind", "channel"),
    [
        ("Channel::WebWidget", "chat"),
        ("Channel::Email", "email"),
        ("Channel::Api", "messaging"),
        ("Channel::Whatsapp", "messaging"),
        ("Channel::TwilioSms", "sms"),
        ("Channel::FacebookPage", "social"),
        ("Channel::Carrier", "other"),
    ],
)
def test_the_inbox_becomes_a_channel_of_ours(kind: str, channel: str) -> None:
    assert known(conversation(at(9), channel=kind) | {"event": "conversation_created"}).channel == channel


def test_a_version_without_creation_time_begins_when_it_says_it_was_created() -> None:
    old = conversation(created_at=None, updated_at=None)
    assert known(old | {"event": "conversation_created"}).offered_at == at(9)
    assert contact(old | {"event": "conversation_updated"}) is None
    later = conversation(at(9, 3), timestamp=int(at(9, 2).timestamp()))
    assert known(later | {"event": "conversation_created"}).offered_at == at(9)


def test_fields_are_looked_for_in_the_conversation_whatever_the_event() -> None:
    where = {"fields": {"customer_id": "custom_attributes.crm_id"}}
    talk = conversation(at(9, 5), custom_attributes={"crm_id": "cus-9"})
    assert answer(read(rated(3) | {"conversation": talk}, **where)).customer_id == "cus-9"
    found = contact(talk | {"event": "conversation_updated"}, **where)
    assert found is not None
    assert found.customer_id == "cus-9"


# -- replies


def test_the_first_reply_of_a_person_is_the_first_response() -> None:
    assert known(message(at(9, 30)), message(at(9, 12))).first_response_at == at(9, 12)


def test_chatwoots_own_first_reply_makes_up_for_a_lost_event() -> None:
    talk = conversation(at(9, 30), first_reply_created_at=at(9, 7).isoformat())
    assert known(message(at(9, 30), talk)).first_response_at == at(9, 7)


@pytest.mark.parametrize(
    "no_reply",
    [
        {"private": True},
        {"message_type": "incoming", "sender": {"id": 901, "type": "contact"}},
        {"message_type": "activity"},
        {"sender": BOT},
        {"sender": None},
        {"content_attributes": {"automation_rule_id": 3}},
        {"additional_attributes": {"campaign_id": 4}},
        {"event": "message_updated"},
    ],
)
def test_notes_customers_bots_and_rules_do_not_reply(no_reply: dict[str, Any]) -> None:
    assert [type(outcome) for outcome in read(message(at(9, 12), **no_reply))] == [Ignored]


def test_a_bot_that_is_assigned_is_no_agent() -> None:
    assert known(conversation(at(9), agent=BOT) | {"event": "conversation_created"}).agent is None


@pytest.mark.parametrize("event", ["conversation_typing_on", "contact_created", "webwidget_triggered"])
def test_events_that_tell_nothing_are_ignored(event: str) -> None:
    assert [type(outcome) for outcome in read({"event": event, "conversation": {}})] == [Ignored]


# -- what is needed


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/event"),
        (None, "/event"),
        (conversation(at(9), id=None) | {"event": "conversation_created"}, "/id"),
        (message(at(9)) | {"created_at": None}, "/created_at"),
        (message(at(9)) | {"conversation": None}, "/conversation/id"),
        (rated(1) | {"conversation": None}, "/conversation"),
        (rated(1) | {"id": None}, "/id"),
        (rated(None), "/content_attributes/submitted_values/csat_survey_response/rating"),
    ],
)
def test_what_is_needed_and_missing_is_named(body: Any, pointer: str) -> None:
    assert complaints(body) == {(pointer, "missing")}


# -- the examples from outside


@pytest.mark.skipif(not PAYLOADS.exists(), reason="the vendors' example payloads are not beside the repository")
def test_every_example_is_mapped() -> None:
    examples = json.loads(PAYLOADS.read_text())["examples"]
    headers = {name.lower(): value for name, value in examples[0]["headers"].items()}
    found = answer(read(examples[0]["body"], headers=headers))
    assert (found.value, found.agent, found.customer_id, found.channel) == (1, "7", "42", "chat")
    assert found.submitted_at == datetime(2026, 1, 1, tzinfo=UTC)
    (part,) = read(examples[1]["body"])
    assert isinstance(part, Part)
    assert (part.facts["over"], part.facts["agent"]) == (True, "7")
