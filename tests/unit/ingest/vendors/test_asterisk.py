"""Asterisk: lines of a queue log in any order, waits that are called hold, and records without a time zone."""

import json
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
from ingest.vendors.asterisk import VENDOR
from ingest.vendors.asterisk_contact import agent_of
from ingest.vendors.node import Node
from ingest.vendors.outcome import Context, Fact, Ignored, Outcome, Part

PAYLOADS = Path(__file__).parents[5] / "shared" / "vendor-payloads" / "asterisk.json"
RECEIVED = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
EPOCH = 1772442000
ENTERED = "0|NONE|ENTERQUEUE||15550142|1"
ANSWERED = "12|7140|CONNECT|12|17.4|3"
DONE = "98|7140|COMPLETECALLER|12|86|1"


def line(short: str, queue: str = "8000") -> str:
    seconds, agent, rest = short.split("|", 2)
    return f"{EPOCH + int(seconds)}|17.1|{queue}|{agent}|{rest}"


def source(**more: Any) -> Source:
    found = Source.model_validate({"name": "pbx", "vendor": "asterisk", **more})
    return found.model_copy(update={"options": VENDOR.options.model_validate(found.options or {})})


def read(document: Any, **configured: Any) -> list[Outcome]:
    """Text is a queue log, everything else JSON."""
    format_, raw = (Format.LINES, document) if isinstance(document, str) else (Format.JSON, json.dumps(document))
    return delivery.read(VENDOR, source(**configured), format_, raw.encode(), Context(RECEIVED))


def contact(*documents: Any, **configured: Any) -> Interaction:
    known: dict[str, Fact] = {}
    names = set()
    for document in documents:
        for part in read(document, **configured):
            if isinstance(part, Part):
                known = facts.merge(known, part)
                names.add(part.contact)
    (name,) = names
    made = delivery.assembled(VENDOR, source(**configured), name, known, 1)
    assert made is not None
    assert isinstance(made.data, Interaction)
    return made.data


def log(*shorts: str, **configured: Any) -> Interaction:
    return contact("\n".join(map(line, shorts)), **configured)


def pointers(document: Any) -> list[str]:
    with pytest.raises(Invalid) as refused:
        read(document)
    return [problem.pointer for problem in refused.value.problems]


def record(**more: Any) -> dict[str, Any]:
    return {
        "channel": "PJSIP/trunk-0000001a",
        "dstchannel": "PJSIP/7201-0000001b",
        "dcontext": "from-trunk",
        "lastapp": "Dial",
        "start": "2026-03-02 10:00:00",
        "answer": "2026-03-02 10:00:20",
        "end": "2026-03-02 10:02:00",
        "billsec": 100,
        "disposition": "ANSWERED",
        "uniqueid": "17.1",
        "linkedid": "17.1",
        "sequence": 1,
    } | more


def manager(event: str, **more: Any) -> dict[str, Any]:
    known = {"Event": event, "Uniqueid": "17.1", "Linkedid": "17.1", "Queue": "8000", "DestUniqueid": "17.4"}
    return known | {"Interface": "PJSIP/7140", "MemberName": "Some Body"} | more


def test_every_example_of_the_shared_payloads_is_mapped_or_ignored_as_documented() -> None:
    if not PAYLOADS.exists():
        pytest.skip("no vendor payloads beside the repository")
    said = {}
    for example in json.loads(PAYLOADS.read_text())["examples"]:
        outcomes = read(example.get("raw_body") or example["body"])
        said[example["name"]] = [type(outcome) for outcome in outcomes]
    assert said.pop("queue_log documented line") == [Ignored]
    assert {kind for kinds in said.values() for kind in kinds} == {Part}


def test_the_arithmetic_of_the_shared_queue_log_comes_out() -> None:
    if not PAYLOADS.exists():
        pytest.skip("no vendor payloads beside the repository")
    bodies = {example["name"]: example.get("raw_body") for example in json.loads(PAYLOADS.read_text())["examples"]}
    answered, abandoned = contact(bodies["queue_log answered call"]), contact(bodies["queue_log abandon"])
    assert (answered.wait_seconds, answered.talk_seconds, answered.agent) == (6, 25, "7140")
    assert (abandoned.abandoned, abandoned.wait_seconds) == (True, 13)


def test_holdtime_is_the_wait_and_there_is_no_hold_and_no_wrap() -> None:
    found = log(ENTERED, ANSWERED, DONE)
    assert (found.wait_seconds, found.hold_seconds, found.wrap_seconds, found.handle_seconds) == (12, None, None, 86)


def test_lines_in_any_order_and_twice_make_the_same_call() -> None:
    whole = log(ENTERED, ANSWERED, DONE)
    for order in permutations((ENTERED, ANSWERED, DONE)):
        assert log(*order, *order) == whole


def test_a_line_that_is_lost_costs_as_little_as_can_be() -> None:
    assert log(ANSWERED, DONE).offered_at == datetime.fromtimestamp(EPOCH, UTC)
    assert (log(ENTERED, DONE).wait_seconds, log(ENTERED, DONE).talk_seconds) == (12, 86)
    assert (log(ENTERED, ANSWERED).wait_seconds, log(ENTERED, ANSWERED).talk_seconds) == (12, None)


@pytest.mark.parametrize(
    "end",
    [
        "98|7140|BLINDTRANSFER|200|default|12|86|1",
        "98|7140|TRANSFER|200|default|12|86",
        "98|7140|ATTENDEDTRANSFER|LINK|a|b|12|86|1|",
    ],
)
def test_a_transfer_ends_a_leg_wherever_its_times_stand(end: str) -> None:
    found = log(ENTERED, ANSWERED, end)
    assert (found.talk_seconds, found.wait_seconds, found.transfers) == (86, 12, 1)


def test_the_ends_of_two_legs_go_to_their_beginnings() -> None:
    first = ("5|7140|CONNECT|5|17.4|3", "65|7140|BLINDTRANSFER|9000|q|5|60|1")
    second = ("90|7155|CONNECT|24|17.9|9", "190|7155|COMPLETEAGENT|24|100|2")
    assert log(ENTERED, *first, *second).talk_seconds == 160
    assert log(ENTERED, *first, second[0]).talk_seconds is None
    assert log(ENTERED, first[0], *second).talk_seconds is None


def test_an_end_without_a_beginning_does_not_take_the_next_agents() -> None:
    ended, begun = "30|7140|BLINDTRANSFER|9000|q|5|20|1", "40|7155|CONNECT|5|17.9|3"
    found = log(ENTERED, ended, begun, "70|7155|COMPLETEAGENT|5|30|1")
    assert (found.talk_seconds, found.transfers, found.agent) == (50, 1, "7155")
    assert log(ENTERED, ended, begun).talk_seconds is None


def test_two_ends_of_one_agent_are_two_legs() -> None:
    found = log(ENTERED, "10|7140|CONNECT|5|17.9|3", "30|7140|TRANSFER|9000|q|5|20|1", "60|7140|COMPLETEAGENT|5|25|1")
    assert (found.talk_seconds, found.transfers) == (45, 1)


@pytest.mark.parametrize(
    "event", ["ABANDON|1|1|30", "EXITWITHTIMEOUT|1|1|30", "EXITEMPTY|1|1|30", "EXITWITHKEY|9|1|1|30"]
)
def test_leaving_the_queue_unanswered_is_to_abandon(event: str) -> None:
    found = log(ENTERED, f"30|NONE|{event}")
    assert (found.abandoned, found.wait_seconds, found.answered_at) == (True, 30, None)


def test_a_caller_who_joins_the_next_queue_is_waiting_even_in_the_same_second() -> None:
    left, joined = line("30|NONE|EXITEMPTY|1|1|30"), line("30|NONE|ENTERQUEUE||15550142|1", "9000")
    gone = line("40|NONE|ABANDON|1|1|10", "9000")
    waiting, abandoned = (
        contact("\n".join((line(ENTERED), left, joined))),
        contact("\n".join((left, joined, gone, line(ENTERED)))),
    )
    assert (waiting.abandoned, waiting.team, waiting.ended_at) == (None, "9000", None)
    assert (abandoned.abandoned, abandoned.wait_seconds) == (True, 40)


def test_the_waits_in_all_queues_before_the_answer_are_added() -> None:
    lines = (line(ENTERED), line("30|NONE|EXITWITHTIMEOUT|1|1|30"), line("31|NONE|ENTERQUEUE||x|1", "9000"))
    found = contact("\n".join((*lines, line("41|7140|CONNECT|10|17.4|3", "9000"))))
    assert (found.wait_seconds, found.abandoned, found.team) == (40, False, "9000")


def test_a_key_means_a_call_back_only_where_the_configuration_says_so() -> None:
    pressed = "30|NONE|EXITWITHKEY|1|1|1|30"
    assert log(ENTERED, pressed, options={"callback_keys": ["1"]}).callback_queued is True
    assert log(ENTERED, pressed, options={"callback_keys": ["2"]}).abandoned is True


def test_a_ring_of_milliseconds_and_what_members_do_are_ignored() -> None:
    shorts = ("6|7139|RINGNOANSWER|5000", "7|7139|PAUSE|lunch", "8|7139|ADDMEMBER|", "9|7139|SOMETHINGNEW|1|2")
    assert [type(outcome) for outcome in read("\n".join(map(line, shorts)))] == [Ignored] * 4


def test_one_bad_line_refuses_the_batch_and_is_pointed_at() -> None:
    good = line(ENTERED)
    bad = (
        "no queue log",
        good.replace("17.1", "NONE"),
        good.replace(str(EPOCH), "soon"),
        line("9|1|CONNECT|9"),
        line("9|1|CONNECT|x|17.4"),
    )
    for other in bad:
        assert pointers(f"{good}\n\n{other}\n") == ["/2"]
    assert pointers(line("98|7140|COMPLETECALLER|-12|86|1")) == ["/0"]
    assert pointers(line("98|7140|ATTENDEDTRANSFER|12|86")) == ["/0"]


@pytest.mark.parametrize(
    "interface",
    ["7140", "SIP/7140", "PJSIP/7140-0000002a", "Local/7140@from-queue/n", "Local/7140@from-queue-00000012;1"],
)
def test_an_agent_is_the_same_by_member_and_by_channel(interface: str) -> None:
    assert agent_of(Node(interface)) == "7140"


def test_a_member_who_is_nobody_or_has_a_name_with_a_space() -> None:
    assert agent_of(Node("NONE")) is None
    assert (agent_of(Node("Some Body")) or "").startswith("x-")


def test_manager_events_and_the_queue_log_call_a_leg_by_the_same_channel() -> None:
    ended = manager("AgentComplete", Timestamp=f"{EPOCH + 98}.5", HoldTime="12", TalkTime="86")
    begun = manager("AgentConnect", Timestamp=f"{EPOCH + 12}.5", HoldTime="12", RingTime="3")
    found = contact(line(ENTERED), line(ANSWERED), ended, begun, line(DONE))
    assert (found.talk_seconds, found.transfers, found.agent) == (86, 0, "7140")


def test_an_end_alone_tells_the_whole_call_and_without_a_time_counts_as_it_arrives() -> None:
    found = contact(manager("AgentComplete", HoldTime="6", TalkTime="25"))
    assert found.ended_at == RECEIVED
    assert (found.wait_seconds, found.talk_seconds, found.agent) == (6, 25, "7140")
    assert (found.ended_at - found.offered_at).total_seconds() == 31


def test_a_caller_who_gives_up_as_the_manager_tells_it() -> None:
    joined = manager("QueueCallerJoin", Timestamp=f"{EPOCH}.1")
    found = contact([joined, manager("QueueCallerAbandon", Timestamp=f"{EPOCH + 30}.1", HoldTime="30")])
    assert (found.abandoned, found.wait_seconds) == (True, 30)


@pytest.mark.parametrize(("zone", "hour"), [("UTC", 10), ("Europe/Berlin", 9), ("America/New_York", 15)])
def test_the_times_of_a_record_are_in_the_zone_of_the_source(zone: str, hour: int) -> None:
    assert contact(record(), time_zone=zone).offered_at == datetime(2026, 3, 2, hour, tzinfo=UTC)


def test_whom_dial_reached_is_the_agent_and_talked_for_the_billed_seconds() -> None:
    found = contact(record())
    assert (found.agent, found.talk_seconds, found.wait_seconds, found.abandoned) == ("7201", 100, 20, False)


def test_a_call_that_goes_out_belongs_to_who_made_it() -> None:
    found = contact(record(channel="PJSIP/7140-0000001d", dcontext="inside"), options={"outbound_contexts": ["inside"]})
    assert (found.direction, found.agent) == ("outbound", "7140")


@pytest.mark.parametrize(
    "unanswered", [{"disposition": "NO ANSWER"}, {"disposition": "BUSY"}, {"lastapp": "VoiceMail"}]
)
def test_a_call_that_reached_no_agent_is_neither_answered_nor_abandoned(unanswered: dict[str, str]) -> None:
    found = contact(record(**unanswered))
    assert (found.answered_at, found.talk_seconds, found.abandoned) == (None, None, None)


def test_the_records_of_one_call_are_joined_by_its_linkedid() -> None:
    rang = record(uniqueid="17.2", sequence=1, disposition="NO ANSWER", dstchannel="PJSIP/7200-0000001c", billsec=0)
    assert contact([rang, record(uniqueid="17.3", sequence=2)]).agent == "7201"


def test_the_record_of_a_queue_is_left_to_the_queue_log_and_other_records_add_nothing_to_it() -> None:
    assert isinstance(read(record(lastapp="Queue"))[0], Ignored)
    assert contact(line(ENTERED), line(ANSWERED), line(DONE), record()) == log(ENTERED, ANSWERED, DONE)


def test_the_ids_of_one_pbx_carry_a_prefix() -> None:
    assert log(ENTERED).interaction_id == "asterisk:17.1"
    assert log(ENTERED, interaction_prefix="berlin:").interaction_id == "berlin:17.1"


def test_numbers_and_names_of_callers_go_nowhere() -> None:
    named = [manager("QueueCallerJoin", CallerIDNum="15550142", CallerIDName="Some Body"), record(src="15550142")]
    said = [
        delivery.explained(outcome)
        for outcome in (*read(named), *read(line("0|NONE|ENTERQUEUE||15550142|1|Some Body")))
    ]
    assert "5550142" not in json.dumps(said)
    assert "Some Body" not in json.dumps(said)


def test_what_is_needed_and_missing_is_pointed_at() -> None:
    assert pointers({}) == ["/Event"]
    assert pointers([manager("AgentComplete", TalkTime="", HoldTime="6")]) == ["/0/TalkTime"]
    assert pointers(manager("AgentConnect", Uniqueid="")) == ["/Uniqueid"]
    for key in ("uniqueid", "start", "end", "billsec"):
        assert pointers(record() | {key: None}) == [f"/{key}"]
