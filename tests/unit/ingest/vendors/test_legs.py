"""Legs and the snapshot they make; and that whatever facts there are of a call, assembling them never fails."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.problems import Invalid
from ingest.vendors import amazon_connect, asterisk, delivery, facts, genesys_cloud, twilio
from ingest.vendors.legs import LONGEST, Call, Leg, before, between, duration, snapshot, total
from ingest.vendors.node import Node
from ingest.vendors.outcome import Fact, Part
from ingest.vendors.telling import telling, told, told_of
from support import golden
from support.golden import Delivery

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TELEPHONES = {vendor.VENDOR.name for vendor in (amazon_connect, asterisk, genesys_cloud, twilio)}
CASES = [case for case in golden.cases() if case.vendor.name in TELEPHONES]
ODD: tuple[Any, ...] = (
    None,
    "",
    "x",
    -1,
    0,
    True,
    [],
    {},
    1e300,
    "9" * 400,
    "2000-01-01T00:00:00Z",
    946684800,
    2678400,
    "NONE",
)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def made(*legs: Leg, **known: Any) -> Any:
    return snapshot("c-1", Call(START, "phone", legs, **known), {"revision": 1})


def test_the_agent_who_answered_last_handled_the_contact() -> None:
    found = made(Leg(at(90), "b", "second"), Leg(at(10), "a", "first"), team="queue")
    assert (found.agent, found.team, found.answered_at) == ("b", "second", at(10))


def test_where_no_leg_names_its_team_the_queue_is_the_team() -> None:
    assert made(Leg(at(10), "a"), team="queue").team == "queue"


def test_talk_is_unknown_while_one_leg_goes_on() -> None:
    assert made(Leg(at(10), talk=60.0), Leg(at(90))).talk_seconds is None
    assert made(Leg(at(10), talk=60.0), Leg(at(90), talk=30.5)).talk_seconds == 90.5


def test_wrap_is_summed_as_far_as_it_is_known() -> None:
    assert made(Leg(at(10), wrap=5.0), Leg(at(90))).wrap_seconds == 5
    assert made(Leg(at(10)), Leg(at(90))).wrap_seconds is None


def test_a_contact_that_left_the_queue_is_abandoned_only_if_nobody_answered() -> None:
    assert made(left=True).abandoned is True
    assert made(Leg(at(10)), left=True).abandoned is False
    assert made().abandoned is None


def test_who_is_to_be_called_back_has_not_abandoned_and_once_answered_is_not_queued() -> None:
    waiting, answered = made(left=True, callback_queued=True), made(Leg(at(900)), callback_queued=True)
    assert (waiting.abandoned, waiting.callback_queued) == (None, True)
    assert (answered.abandoned, answered.callback_queued) == (False, False)


def test_nobody_abandons_a_call_that_we_make() -> None:
    assert made(left=True, direction="outbound").abandoned is None


def test_clocks_that_disagree_make_no_contact_that_is_answered_before_it_is_offered() -> None:
    found = made(Leg(at(-1.5), ended_at=at(-3)))
    assert found.offered_at == found.answered_at == at(-1.5)
    assert found.ended_at == START


def test_it_has_not_ended_while_one_of_its_legs_goes_on() -> None:
    assert made(Leg(at(10), ended_at=at(70)), Leg(at(90))).ended_at is None
    assert made(Leg(at(10), ended_at=at(70)), Leg(at(90), ended_at=at(80))).ended_at == at(90)


@pytest.mark.parametrize("given", [-1, LONGEST + 1, "-0.5"])
def test_a_duration_that_is_none_is_refused_where_it_stands(given: object) -> None:
    with pytest.raises(Invalid) as refused:
        duration(Node(given, "/wait"))
    assert [problem.pointer for problem in refused.value.problems] == ["/wait"]


def test_sums_and_differences_stay_within_what_an_interaction_takes() -> None:
    assert total([LONGEST, LONGEST]) == LONGEST
    assert total([]) is None
    assert between(at(5), at(2)) == 0
    assert before(datetime(2000, 1, 2, tzinfo=UTC), LONGEST) == datetime(2000, 1, 1, tzinfo=UTC)


def test_facts_of_the_contact_and_of_its_parts_are_told_apart() -> None:
    said = telling({"team": "x", "reason": None}) | telling({"at": START, "talk": 5.0}, "with", "a/b")
    known = {key: Fact(value, START) for key, value in said.items()}
    assert told(known).values == {"team": "x"}
    part = told_of(known, "with")["a/b"]
    assert (part.moment("at"), part.seconds("talk"), part.text("gone")) == (START, 5.0, None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_any_facts_make_a_snapshot_or_none(case: golden.Case) -> None:
    """Broken deliveries that are taken all the same, and of their facts any part: assembling raises nothing."""
    dice = random.Random(case.name)
    for _ in range(60):
        for contact, known in _collected(case, dice).items():
            some = {key: fact for key, fact in known.items() if dice.random() < 0.9}
            if some:
                delivery.assembled(case.vendor, case.source, contact, some, 1)


def _collected(case: golden.Case, dice: random.Random) -> dict[str, dict[str, Fact]]:
    found: dict[str, dict[str, Fact]] = {}
    for delivered in case.deliveries:
        broken = Delivery(_broken(delivered.raw, dice), delivered.content_type, delivered.headers, [], None)
        try:
            outcomes = case.read(broken)
        except Invalid:
            continue
        for part in outcomes:
            if isinstance(part, Part):
                found[part.contact] = facts.merge(found.get(part.contact, {}), part)
    return found


def _broken(raw: bytes, dice: random.Random) -> bytes:
    try:
        document = json.loads(raw)
    except ValueError:
        pieces = raw.decode().splitlines(keepends=True)
        return "".join(piece for piece in dice.sample(pieces, len(pieces)) if dice.random() < 0.8).encode()
    for _ in range(dice.randrange(3)):
        holder, key = dice.choice(list(_places(document)) or [({}, "")])
        holder[key] = dice.choice(ODD)
    return json.dumps(document).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield value, key
        yield from _places(child)


def test_one_case_at_least_is_assembled_from_broken_deliveries() -> None:
    assert any(_collected(case, random.Random(1)) for case in CASES)
