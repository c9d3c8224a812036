"""Amazon Connect: records sent again, events in no order, and chains of contacts that are one for the customer."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from events.interaction import Interaction
from events.problems import Invalid
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.vendors import delivery, facts
from ingest.vendors.amazon_connect import VENDOR
from ingest.vendors.outcome import Context, Fact, Ignored, Outcome, Part

PAYLOADS = Path(__file__).parents[5] / "shared" / "vendor-payloads" / "amazon_connect.json"
RECEIVED = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
ARN = "arn:aws:connect:eu-central-1:210987654321:instance/i-1"


def at(seconds: int) -> str:
    return datetime.fromtimestamp(1772442000 + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def record(id_: str = "c-1", *, last: int = 400, **more: Any) -> dict[str, Any]:
    """A contact that began at 0 and ended at 200."""
    said = {
        "ContactId": id_,
        "Channel": "VOICE",
        "InitiationMethod": "INBOUND",
        "InitiationTimestamp": at(0),
        "DisconnectTimestamp": at(200),
        "LastUpdateTimestamp": at(last),
    }
    return said | more


def queued(since: int, wait: int, name: str = "Care") -> dict[str, Any]:
    return {"ARN": f"{ARN}/queue/{name.lower()}", "Name": name, "EnqueueTimestamp": at(since), "Duration": wait}


def agent(since: int, name: str = "kim", talk: int = 100, hold: int = 5, wrap: int | None = 10) -> dict[str, Any]:
    return {
        "ARN": f"{ARN}/agent/id-{name}",
        "Username": name,
        "ConnectedToAgentTimestamp": at(since),
        "AgentInteractionDuration": talk,
        "CustomerHoldDuration": hold,
        "AfterContactWorkDuration": wrap,
    }


def event(kind: str, seconds: int, **more: Any) -> dict[str, Any]:
    detail = {"eventType": kind, "contactId": "c-1", "channel": "Voice", "initiationMethod": "INBOUND", **more}
    return {"detail-type": "Amazon Connect Contact Event", "time": at(seconds), "detail": detail}


def source(**more: Any) -> Source:
    return Source.model_validate({"name": "connect", "vendor": "amazon_connect", **more})


def read(document: Any, **configured: Any) -> list[Outcome]:
    raw = json.dumps(document).encode()
    return delivery.read(VENDOR, source(**configured), Format.JSON, raw, Context(RECEIVED))


def contacts(*documents: Any, **configured: Any) -> dict[str, Interaction]:
    known: dict[str, dict[str, Fact]] = {}
    for document in documents:
        for part in read(document, **configured):
            if isinstance(part, Part):
                known[part.contact] = facts.merge(known.get(part.contact, {}), part)
    found = {}
    for contact, said in known.items():
        made = delivery.assembled(VENDOR, source(**configured), contact, said, 1)
        assert made is not None
        assert isinstance(made.data, Interaction)
        found[contact] = made.data
    return found


def contact(*documents: Any, **configured: Any) -> Interaction:
    (found,) = contacts(*documents, **configured).values()
    return found


def pointers(document: Any) -> list[str]:
    with pytest.raises(Invalid) as refused:
        read(document)
    return [problem.pointer for problem in refused.value.problems]


def examples() -> dict[str, Any]:
    if not PAYLOADS.exists():
        pytest.skip("no vendor payloads beside the repository")
    return {example["name"]: example["body"] for example in json.loads(PAYLOADS.read_text())["examples"]}


def test_every_example_of_the_shared_payloads_is_mapped() -> None:
    for body in examples().values():
        assert [type(outcome) for outcome in read(body)] == [Part]


def test_the_arithmetic_of_the_shared_record_comes_out() -> None:
    found = contact(examples()["contact record (CTR)"])
    assert (found.handle_seconds, found.wait_seconds, found.agent) == (65, 7, "agent1")


def test_the_shared_event_joins_its_initial_contact_though_its_times_contradict_each_other() -> None:
    ((name, found),) = contacts(examples()["contact event DISCONNECTED"]).items()
    assert name == "11111111-2222-3333-4444-555555555555"
    assert (found.direction, found.talk_seconds) == ("outbound", None)


def test_a_record_sent_again_replaces_what_it_said_and_an_older_one_changes_nothing() -> None:
    first = record(Queue=queued(60, 10), Agent=agent(70, wrap=None), last=210)
    again = record(Queue=queued(60, 10), Agent=agent(70, wrap=25), last=300)
    for order in permutations((first, again, first)):
        assert contact(*order).wrap_seconds == 25


def test_an_event_after_the_record_takes_nothing_from_it() -> None:
    whole = record(Queue=queued(60, 10), Agent=agent(70), Attributes={"crm": "cus-1"}, last=210)
    late = event(
        "COMPLETED",
        500,
        initiationTimestamp=at(0),
        disconnectTimestamp=at(200),
        queueInfo={"queueArn": f"{ARN}/queue/care", "enqueueTimestamp": at(60)},
        AgentInfo={"AgentArn": f"{ARN}/agent/id-kim", "connectedToAgentTimestamp": at(70)},
    )
    alone, with_event = (
        contact(*those, fields={"customer_id": "Attributes.crm"}) for those in ([whole], [whole, late])
    )
    assert alone == with_event
    assert (alone.agent, alone.team, alone.customer_id) == ("kim", "Care", "cus-1")


def test_events_alone_tell_the_wait_and_no_handle_time() -> None:
    found = contact(
        event("QUEUED", 60, initiationTimestamp=at(0), queueInfo={"queueArn": "x/q-1", "enqueueTimestamp": at(60)}),
        event("CONNECTED_TO_AGENT", 75, agentInfo={"agentArn": "x/a-1", "connectedToAgentTimestamp": at(75)}),
    )
    assert (found.wait_seconds, found.agent, found.team, found.talk_seconds) == (15, "a-1", "q-1", None)


def test_a_transfer_is_no_new_contact() -> None:
    first = record(Queue=queued(60, 10), Agent=agent(70), NextContactId="c-2")
    second = record(
        "c-2",
        InitialContactId="c-1",
        InitiationMethod="TRANSFER",
        InitiationTimestamp=at(190),
        Queue=queued(190, 30, "Tech"),
        Agent=agent(220, "lee", talk=50, hold=0, wrap=2),
    )
    ((name, found),) = contacts(second, first).items()
    assert name == "c-1"
    assert (found.agent, found.team, found.transfers, found.wait_seconds) == ("lee", "Tech", 1, 10)
    assert (found.talk_seconds, found.hold_seconds, found.wrap_seconds) == (150, 5, 12)


def test_a_caller_moved_on_is_not_abandoned_before_the_next_queue_is_heard_of() -> None:
    first = record(Queue=queued(60, 140), NextContactId="c-2")
    second = record("c-2", InitialContactId="c-1", InitiationMethod="QUEUE_TRANSFER", Queue=queued(200, 0, "Tech"))
    assert (contact(first).abandoned, contact(first).ended_at) == (None, None)
    assert contact(first, second).abandoned is True


def test_a_call_that_met_no_queue_is_not_abandoned() -> None:
    assert contact(record()).abandoned is None


def test_who_is_called_back_has_not_abandoned_and_waited_for_the_call_back() -> None:
    first = record(Queue=queued(60, 140), NextContactId="c-2")
    back = record("c-2", InitialContactId="c-1", InitiationMethod="CALLBACK", Queue=queued(300, 50))
    waiting, answered = contact(first, back), contact(first, back | {"Agent": agent(350)})
    assert (waiting.abandoned, waiting.callback_queued) == (None, True)
    assert (answered.wait_seconds, answered.callback_queued, answered.direction) == (50, False, "inbound")


def test_a_supervisor_who_listens_in_is_ignored() -> None:
    assert isinstance(read(record(InitiationMethod="MONITOR", Agent=agent(70)))[0], Ignored)


@pytest.mark.parametrize(
    ("method", "channel", "direction"),
    [("OUTBOUND", "VOICE", "outbound"), ("API", "VOICE", "outbound"), ("API", "CHAT", "inbound")],
)
def test_the_way_a_contact_began_is_its_direction(method: str, channel: str, direction: str) -> None:
    assert contact(record(InitiationMethod=method, Channel=channel)).direction == direction


def test_an_address_as_user_name_becomes_a_digest_that_stays_the_same() -> None:
    one, other = (contact(record(Agent=agent(since, "kim@example.com"))).agent for since in (70, 80))
    assert one == other
    assert one is not None
    assert one.startswith("x-")


def test_labels_go_by_the_name_of_a_queue_or_by_its_arn() -> None:
    whole = record(Queue=queued(60, 10))
    assert contact(whole, labels={"team": {"Care": "Customer care"}}).team == "Customer care"
    assert contact(whole, labels={"team": {"care": "Customer care"}}).team == "Customer care"


def test_text_messages_are_told_from_chats() -> None:
    subtype = {"connect:Subtype": {"ValueString": "connect:SMS"}}
    assert contact(record(Channel="CHAT", SegmentAttributes=subtype)).channel == "sms"
    assert contact(record(Channel="CHAT")).channel == "chat"


def test_a_record_is_read_singly_in_an_array_and_as_kinesis_and_firehose_carry_it() -> None:
    whole = record(Queue=queued(60, 10), Agent=agent(70))
    packed = b64encode(json.dumps(whole).encode()).decode()
    said = contact(whole)
    for document in (
        [whole],
        {"Records": [{"kinesis": {"data": packed}}]},
        {"records": [{"data": packed}]},
        [{"data": packed}],
    ):
        assert contact(document) == said


def test_numbers_and_recordings_go_nowhere() -> None:
    whole = record(CustomerEndpoint={"Address": "+15550142"}, Recording={"Location": "bucket/+15550142.wav"})
    assert "5550142" not in json.dumps([delivery.explained(outcome) for outcome in read(whole)])


def test_what_is_needed_and_missing_is_pointed_at() -> None:
    for key in ("ContactId", "Channel", "InitiationTimestamp", "LastUpdateTimestamp"):
        assert pointers([record(), {name: value for name, value in record().items() if name != key}]) == [f"/1/{key}"]
    assert pointers(event("QUEUED", 60, contactId=None)) == ["/detail/ContactId"]
    assert pointers(record(Agent=agent(70, talk=-1))) == ["/Agent/AgentInteractionDuration"]
    assert pointers({"records": [{"data": "not base64"}]}) == ["/records/0/data"]
