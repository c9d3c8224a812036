"""Zendesk: what its ticket events and an admin's trigger come to, and what is refused with a pointer."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from events.interaction import Interaction
from events.problems import Invalid
from events.survey import SurveyResponse
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.vendors import delivery, facts, zendesk
from ingest.vendors.outcome import Context, Fact, Ignored, Outcome, Part, Said

PAYLOADS = Path(__file__).parents[5] / "shared" / "vendor-payloads" / "zendesk.json"
RECEIVED = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)


def source(**more: Any) -> Source:
    return Source.model_validate({"name": "helpdesk", "vendor": "zendesk", **more})


def read(body: Any, **configured: Any) -> list[Outcome]:
    return delivery.read(
        zendesk.VENDOR, source(**configured), Format.JSON, json.dumps(body).encode(), Context(RECEIVED)
    )


def event(kind: str, detail: dict[str, Any] | None = None, time: str = "2026-03-02T09:00:00Z", **what: Any) -> Any:
    ticket = {
        "id": "700",
        "created_at": "2026-03-02T08:00:00Z",
        "status": "OPEN",
        "requester_id": "31",
        "assignee_id": "88",
        "group_id": "510",
        "via": {"channel": "email"},
    }
    return {
        "type": f"zen:event-type:{kind}",
        "id": what.pop("id", "e-1"),
        "time": time,
        "detail": {**ticket, **(detail or {})},
        "event": what,
    }


def comment(id_: str, time: str, *, public: bool = True, staff: bool = True, author: str = "88") -> Any:
    said = {"id": id_, "body": "…", "is_public": public, "author": {"id": author, "is_staff": staff}}
    return event("ticket.comment_added", time=time, comment=said)


def rating(score: Any, **what: Any) -> Any:
    return event("ticket.csat_received", satisfaction_score={"score": score, **what})


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
    said = delivery.assembled(zendesk.VENDOR, source(**configured), "700", known, 1)
    if said is None:
        return None
    assert isinstance(said.data, Interaction)
    return said.data


def known(*bodies: Any) -> Interaction:
    found = contact(*bodies)
    assert found is not None
    return found


def complaints(body: Any, **configured: Any) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        read(body, **configured)
    return {(problem.pointer, problem.code) for problem in caught.value.problems}


def changed(body: Any, change: Callable[[Any], None]) -> Any:
    copy = json.loads(json.dumps(body))
    change(copy)
    return copy


# -- ratings


@pytest.mark.parametrize("score", ["GOOD", "good", "Good"])
def test_a_rating_is_read_in_any_case(score: str) -> None:
    assert answer(read(rating(score))).value == "good"


@pytest.mark.parametrize("score", ["OFFERED", "unoffered"])
def test_an_offered_rating_is_no_answer(score: str) -> None:
    assert [type(outcome) for outcome in read(rating(score))] == [Ignored, Part]


def test_a_rating_that_flips_is_one_response_and_the_later_wins() -> None:
    good, bad = rating("GOOD"), changed(rating("BAD"), lambda body: body.update(id="e-2", time="2026-03-02T09:00:01Z"))
    first, second = answer(read(good)), answer(read(bad))
    assert first.response_id == second.response_id == "helpdesk:700"
    assert second.version > first.version


def test_the_reason_is_kept_beside_the_comment_and_both_are_cut() -> None:
    found = answer(read(rating("BAD", comment="ü" * 9000, reason="r" * 3000)))
    assert (len(found.comment or ""), len(str(found.answers["reason"]))) == (8192, 2000)


def test_a_rating_names_its_ticket_its_customer_and_its_agent() -> None:
    found = answer(read(rating("BAD"), labels={"team": {"510": "Billing"}}))
    assert found.interaction_id == "zendesk:700"
    assert (found.customer_id, found.agent, found.team, found.channel) == ("31", "88", "Billing", "email")


def test_a_number_is_refused_until_its_scale_is_configured() -> None:
    assert complaints(rating(4)) == {("/event/satisfaction_score/score", "unknown-scale")}
    five_steps = {"questions": [{"question": "score", "scale": "1-5"}]}
    found = answer(read(rating("4"), **five_steps))
    assert (found.scale, found.value) == ("1-5", 4)


def test_a_number_off_the_configured_scale_is_refused() -> None:
    five_steps = {"questions": [{"question": "score", "scale": "1-5"}]}
    assert complaints(rating(6), **five_steps) == {("/event/satisfaction_score/score", "off-scale")}


def test_words_stay_good_and_bad_where_numbers_are_configured_too() -> None:
    found = answer(read(rating("BAD"), questions=[{"question": "score", "scale": "1-5"}]))
    assert (found.scale, found.value) == ("good-bad", "bad")


def test_configured_words_go_before_good_and_bad() -> None:
    words = {"questions": [{"question": "score", "scale": "1-3", "values": {"Bad, but friendly": 2}}]}
    assert answer(read(rating("Bad, but friendly"), **words)).value == 2
    assert answer(read(rating("BAD"), **words)).value == "bad"


# -- tickets


def test_the_first_public_reply_of_a_person_is_the_first_response() -> None:
    later, first = comment("3", "2026-03-02T10:00:00Z"), comment("2", "2026-03-02T09:30:00Z")
    note = comment("1", "2026-03-02T08:10:00Z", public=False)
    customer = comment("4", "2026-03-02T08:20:00Z", staff=False, author="31")
    machine = comment("5", "2026-03-02T08:00:30Z", author="-1")
    assert known(later, note, first, customer, machine).first_response_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_the_text_a_ticket_is_opened_with_is_no_reply() -> None:
    assert known(comment("1", "2026-03-02T08:00:00.400Z")).first_response_at is None


def test_a_long_ticket_keeps_its_first_reply_its_reopening_and_its_team() -> None:
    reopened = event("ticket.status_changed", time="2026-03-05T10:00:00Z", current="OPEN", previous="SOLVED")
    replies = [comment(str(day), f"2026-{3 + day // 28:02}-{1 + day % 28:02}T10:00:00Z") for day in range(1, 200)]
    found = known(*reversed(replies), reopened)
    assert found.first_response_at == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    assert (found.reopened, found.team) == (1, "510")


def test_closing_a_solved_ticket_does_not_end_it_again() -> None:
    solved = event("ticket.status_changed", {"status": "SOLVED"}, current="SOLVED", previous="OPEN")
    closed = event(
        "ticket.status_changed", {"status": "CLOSED"}, "2026-03-06T09:00:00Z", current="CLOSED", previous="SOLVED"
    )
    found = known(closed, solved)
    assert found.resolved is True
    assert found.ended_at == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_an_event_told_again_reopens_once() -> None:
    again = event("ticket.status_changed", id="e-7", current="OPEN", previous="SOLVED")
    other = event("ticket.status_changed", id="e-8", time="2026-03-03T09:00:00Z", current="OPEN", previous="SOLVED")
    found = known(again, other, again)
    assert (found.reopened, found.resolved, found.ended_at) == (2, None, None)


def test_a_merged_ticket_is_over_but_was_not_resolved() -> None:
    closed = {"status": "CLOSED", "tags": ["closed_by_merge"]}
    found = known(event("ticket.status_changed", closed, current="CLOSED", previous="OPEN"))
    assert found.ended_at is not None
    assert found.resolved is None


def test_an_assignee_taken_off_stays_the_agent() -> None:
    assert (
        known(event("ticket.created"), event("ticket.merged", {"assignee_id": None}, "2026-03-02T11:00:00Z")).agent
        == "88"
    )


@pytest.mark.parametrize("nobody", [None, "", "0", 0, "-1"])
def test_nobody_is_no_agent(nobody: Any) -> None:
    assert known(event("ticket.created", {"assignee_id": nobody})).agent is None


@pytest.mark.parametrize(
    ("via", "channel"),
    [("email", "email"), ("Voice", "phone"), ("WhatsApp", "messaging"), ("twitter_dm", "social"), ("api", "other")],
)
def test_the_way_in_becomes_a_channel_of_ours(via: str, channel: str) -> None:
    assert known(event("ticket.created", {"via": {"channel": via}})).channel == channel


def test_nothing_is_made_of_a_ticket_without_beginning_or_channel() -> None:
    assert contact(event("ticket.created", {"created_at": None})) is None
    assert contact(event("ticket.created", {"via": None})) is None
    assert contact(event("ticket.created", {"via": None}), channel="chat") is not None


def test_keys_are_found_in_any_case_and_unknown_ones_do_no_harm() -> None:
    body = changed(rating("BAD"), lambda body: body.update(Detail=body.pop("detail"), new={"x": [1]}))
    assert answer(read(body)).interaction_id == "zendesk:700"


# -- what tells nothing


@pytest.mark.parametrize("kind", ["user.active_changed", "organization.created", "ticket.tags_changed", "article.read"])
def test_events_that_tell_nothing_are_ignored(kind: str) -> None:
    assert [type(outcome) for outcome in read(event(kind))] == [Ignored]


# -- the body of a trigger


def posted(**changes: Any) -> dict[str, Any]:
    return {"ticket_id": "700", "rating": "Bad, I'm unsatisfied", "requester_id": "31", "assignee_id": "88"} | changes


def test_the_body_of_a_trigger_is_a_response_to_the_same_ticket() -> None:
    found = answer(read(posted(comment="Zu spät", updated_at="2026-03-02T18:00:00Z")))
    assert (found.response_id, found.interaction_id, found.value) == ("helpdesk:700", "zendesk:700", "bad")
    assert found.submitted_at == datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


def test_without_a_time_it_is_when_it_came() -> None:
    assert answer(read(posted())).submitted_at == RECEIVED


def test_an_e_mail_address_does_not_become_an_id() -> None:
    found = answer(read(posted(assignee_id=None, assignee_email="a@example.com")))
    assert (found.agent or "").startswith("x-")


def test_placeholders_that_were_not_filled_in_are_refused_each_with_its_pointer() -> None:
    body = posted(ticket_id="{{ticket.id}}", rating=" {{ticket.satisfaction.current_rating}}\n")
    assert complaints(body) == {("/ticket_id", "placeholder"), ("/rating", "placeholder")}


def test_a_customer_may_write_braces() -> None:
    assert answer(read(posted(comment="I typed {{name}} and got nothing"))).comment is not None
    assert answer(read(posted(comment="{{ticket.satisfaction.current_comment}}"))).comment is None


def test_a_trigger_without_a_rating_has_none_to_tell() -> None:
    assert [type(outcome) for outcome in read(posted(rating=""))] == [Ignored]
    assert complaints({"ticket_id": "700"}) == {("/rating", "missing")}
    assert complaints(posted(rating="Sehr gut")) == {("/rating", "unknown-scale")}


# -- what is needed


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/type"),
        ([], "/type"),
        (None, "/type"),
        (changed(rating("BAD"), lambda body: body.pop("time")), "/time"),
        (changed(rating("BAD"), lambda body: body.pop("id")), "/id"),
        (changed(rating("BAD"), lambda body: body["detail"].pop("id")), "/detail/id"),
        (rating(None), "/event/satisfaction_score/score"),
        (event("ticket.status_changed"), "/event/current"),
        (event("ticket.comment_added"), "/event/comment"),
    ],
)
def test_what_is_needed_and_missing_is_named(body: Any, pointer: str) -> None:
    assert complaints(body) == {(pointer, "missing")}


# -- the examples from outside


@pytest.mark.skipif(not PAYLOADS.exists(), reason="the vendors' example payloads are not beside the repository")
def test_every_example_is_mapped_and_placeholders_are_refused() -> None:
    bodies = [example["body"] for example in json.loads(PAYLOADS.read_text())["examples"]]
    user, rated, template = bodies
    assert [type(outcome) for outcome in read(user)] == [Ignored]
    assert [type(outcome) for outcome in read(rated)] == [Said, Part]
    assert (answer(read(rated)).value, answer(read(rated)).interaction_id) == ("bad", "zendesk:5158")
    assert ("/ticket_id", "placeholder") in complaints(template)
