"""Twilio: calls and tasks that meet, legs that are reservations, and minutes that are no seconds."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from events.interaction import Interaction
from events.problems import Invalid
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.vendors import delivery, facts
from ingest.vendors.outcome import Context, Fact, Ignored, Outcome, Part
from ingest.vendors.twilio import VENDOR

PAYLOADS = Path(__file__).parents[5] / "shared" / "vendor-payloads" / "twilio.json"
RECEIVED = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
EPOCH = 1772443800
CALL, TASK, WORKER = "CA" + "1" * 32, "WT" + "2" * 32, "WK" + "4" * 32
SAID_OF_IT = {
    "voice status callback completed": "part",
    "TaskRouter EventCallbackUrl POST (RECONSTRUCTED)": "part",
    "TaskRouter Event resource (REST)": "ignored",
    "Event Streams CloudEvent": "ignored",
}


def source(**more: Any) -> Source:
    return Source.model_validate({"name": "phone", "vendor": "twilio", **more})


def form(posted: dict[str, str], /, **configured: Any) -> list[Outcome]:
    raw = urlencode(posted).encode()
    return delivery.read(VENDOR, source(**configured), Format.FORM, raw, Context(RECEIVED))


def posted(document: Any, **configured: Any) -> list[Outcome]:
    return delivery.read(VENDOR, source(**configured), Format.JSON, json.dumps(document).encode(), Context(RECEIVED))


def task(kind: str, seconds: int, attributes: Any = None, **more: str) -> dict[str, str]:
    given = {"call_sid": CALL} if attributes is None else attributes
    said = {
        "EventType": kind,
        "Timestamp": str(EPOCH + seconds),
        "TaskSid": TASK,
        "TaskAttributes": given if isinstance(given, str) else json.dumps(given),
        "TaskAge": str(seconds),
        "TaskChannelUniqueName": "voice",
    }
    return said | more


def reservation(kind: str, seconds: int, name: str = "WR1", **more: str) -> dict[str, str]:
    return task(f"reservation.{kind}", seconds, ReservationSid=name, WorkerSid=WORKER, **more)


def call(status: str, seconds: int, **more: str) -> dict[str, str]:
    when = datetime.fromtimestamp(EPOCH + seconds, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    return {"CallSid": CALL, "CallStatus": status, "Direction": "inbound", "Timestamp": when, **more}


def contact(*forms: dict[str, str], **configured: Any) -> Interaction | None:
    known: dict[str, Fact] = {}
    for fields in forms:
        for outcome in form(fields, **configured):
            if isinstance(outcome, Part):
                known = facts.merge(known, outcome)
    said = delivery.assembled(VENDOR, source(**configured), CALL, known, 1)
    if said is None:
        return None
    assert isinstance(said.data, Interaction)
    return said.data


def pointers(fields: dict[str, str]) -> list[str]:
    with pytest.raises(Invalid) as refused:
        form(fields)
    return [problem.pointer for problem in refused.value.problems]


def test_every_example_of_the_shared_payloads_is_mapped_or_ignored_as_documented() -> None:
    if not PAYLOADS.exists():
        pytest.skip("no vendor payloads beside the repository")
    for example in json.loads(PAYLOADS.read_text())["examples"]:
        kind = next(kind for name, kind in SAID_OF_IT.items() if example["name"].startswith(name))
        if isinstance(example["body"], dict) and "event_type" not in example["body"]:
            outcomes = form(example["body"])
        else:
            outcomes = posted(example["body"])
        assert [next(iter(delivery.explained(outcome))) for outcome in outcomes] == [kind]


def test_the_length_of_a_call_is_seconds_and_no_talk() -> None:
    found = contact(call("completed", 49, CallDuration="49", Duration="1", Direction="outbound-api"))
    assert found is not None
    assert found.ended_at is not None
    assert (found.ended_at - found.offered_at).total_seconds() == 49
    assert (found.direction, found.answered_at, found.talk_seconds, found.abandoned) == ("outbound", None, None, None)


def test_accepted_to_wrapping_is_talk_and_wrapping_to_completed_is_wrap() -> None:
    found = contact(
        task("task.created", 0), reservation("accepted", 18), reservation("wrapup", 268), reservation("completed", 298)
    )
    assert found is not None
    assert (found.wait_seconds, found.talk_seconds, found.wrap_seconds) == (18, 250, 30)


def test_without_the_wrapping_all_until_the_end_is_talk_so_that_handle_time_is_right() -> None:
    found = contact(task("task.created", 0), reservation("accepted", 18), reservation("completed", 298))
    assert found is not None
    assert (found.talk_seconds, found.wrap_seconds, found.handle_seconds) == (280, None, 280)


def test_a_reservation_whose_end_is_lost_ends_with_its_task() -> None:
    found = contact(task("task.created", 0), reservation("accepted", 18), task("task.completed", 300))
    assert found is not None
    assert found.talk_seconds == 282


def test_a_call_and_its_task_are_one_contact() -> None:
    (of_call,), (of_task,) = form(call("ringing", 0)), form(task("task.created", 5))
    assert isinstance(of_call, Part)
    assert isinstance(of_task, Part)
    assert of_call.contact == of_task.contact == CALL


def test_a_task_without_a_call_is_known_by_itself() -> None:
    (part,) = form(task("task.created", 0, {"channelType": "web"}))
    assert isinstance(part, Part)
    assert part.contact == TASK


def test_a_call_that_is_queued_twice_is_abandoned_only_when_both_tasks_are_canceled() -> None:
    first = [task("task.created", 0), task("task.canceled", 60)]
    again = [task("task.created", 61, TaskSid="WT3", TaskAge="0")]
    waiting = contact(*first, *again)
    assert waiting is not None
    assert waiting.abandoned is None
    gone = contact(*first, *again, task("task.canceled", 90, TaskSid="WT3", TaskAge="29"))
    assert gone is not None
    assert (gone.abandoned, gone.ended_at) == (True, datetime.fromtimestamp(EPOCH + 90, UTC))


def test_a_task_that_is_canceled_after_an_agent_accepted_is_not_abandoned() -> None:
    found = contact(task("task.created", 0), reservation("accepted", 5), task("task.canceled", 60))
    assert found is not None
    assert found.abandoned is False


def test_a_reservation_seen_only_at_its_end_was_accepted_too() -> None:
    found = contact(task("task.created", 0), reservation("wrapup", 50), task("task.canceled", 60))
    assert found is not None
    assert (found.abandoned, found.answered_at) == (None, None)


def test_where_the_beginning_of_a_task_is_lost_its_age_says_it() -> None:
    found = contact(task("task-queue.entered", 40, TaskAge="40"))
    assert found is not None
    assert found.offered_at == datetime.fromtimestamp(EPOCH, UTC)


def test_what_dial_reached_counts_only_without_taskrouter() -> None:
    leg = call(
        "completed", 100, CallSid="CA9", ParentCallSid=CALL, Direction="outbound-dial", CallDuration="62", Duration="2"
    )
    alone = contact(call("initiated", 0), leg)
    assert alone is not None
    assert (alone.talk_seconds, alone.wait_seconds) == (62, 38)
    routed = contact(task("task.created", 0), reservation("accepted", 18), reservation("completed", 28), leg)
    assert routed is not None
    assert routed.talk_seconds == 10


def test_numbers_and_names_go_nowhere() -> None:
    fields = reservation("accepted", 5, WorkerName="Kim Doe", TaskQueueName="Billing", EventDescription="+15550142")
    outcomes = form(fields | {"TaskAttributes": json.dumps({"call_sid": CALL, "from": "+15550142", "name": "Kim Doe"})})
    told = json.dumps([delivery.explained(outcome) for outcome in outcomes])
    assert "Billing" in told
    assert "5550142" not in told
    assert "Kim Doe" not in told


def test_a_path_into_the_attributes_finds_the_customer_in_forms_and_in_json() -> None:
    path = {"customer_id": "task_attributes.crm.id"}
    payload = {"task_sid": TASK, "task_attributes": '{"crm": {"id": "cus-1"}}'}
    event = {"event_type": "task.created", "event_date": "2026-03-02T09:30:00Z", "event_data": payload}
    for (part,) in (form(task("task.created", 0, {"crm": {"id": "cus-1"}}), fields=path), posted(event, fields=path)):
        assert isinstance(part, Part)
        assert part.facts["customer"] == "cus-1"


def test_a_garbled_content_type_inside_a_cloudevent_does_not_matter() -> None:
    payload = {"task_sid": TASK, "timestamp": "2026-03-02T09:30:00.250Z", "task_attributes": {"call_sid": CALL}}
    event = {"specversion": "1.0", "type": "com.twilio.taskrouter.task.created", "datacontenttype": "2026-03-02"}
    (part,) = posted([{**event, "data": {"payload": payload}}])
    assert isinstance(part, Part)
    assert part.contact == CALL


@pytest.mark.parametrize("kind", ["com.twilio.voice.insights.call-summary.complete", "com.example.other"])
def test_other_streams_are_ignored(kind: str) -> None:
    assert isinstance(posted([{"specversion": "1.0", "type": kind, "data": {}}])[0], Ignored)


@pytest.mark.parametrize(
    "kind", ["worker.activity.update", "workflow.entered", "task-queue.created", "activity.created"]
)
def test_events_of_no_contact_are_ignored(kind: str) -> None:
    assert isinstance(form({"EventType": kind, "Timestamp": str(EPOCH)})[0], Ignored)


def test_what_is_needed_and_missing_is_pointed_at() -> None:
    assert pointers({"Foo": "bar"}) == ["/EventType"]
    assert pointers({"CallSid": CALL}) == ["/CallStatus"]
    assert pointers({"EventType": "task.created"}) == ["/Timestamp"]
    assert pointers({"EventType": "task.created", "Timestamp": str(EPOCH)}) == ["/TaskSid"]
    assert pointers(task("reservation.accepted", 0)) == ["/ReservationSid"]
    assert pointers(task("task.created", 0, "{")) == ["/TaskAttributes"]
    assert pointers(task("task.created", 0) | {"TaskAge": "-1"}) == ["/TaskAge"]
    assert pointers(call("completed", 0) | {"CallDuration": "long"}) == ["/CallDuration"]


def test_a_bad_event_in_a_batch_is_pointed_at() -> None:
    good = {"event_type": "worker.activity", "event_date": "2026-03-02T09:30:00Z"}
    with pytest.raises(Invalid) as refused:
        posted({"events": [good, {"event_type": "task.created", "event_date": "2026-03-02T09:30:00Z"}]})
    assert [problem.pointer for problem in refused.value.problems] == ["/events/1/event_data/task_sid"]
