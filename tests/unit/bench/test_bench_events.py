"""The events that the bench sends: what its peers are compared on must be the same, valid, and cut without parsing."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from bench.ingest.cutting import cut
from bench.ingest.events import Day, joined
from bench.ingest.shapes import BATCH, EXTRA, OFFICIAL, SINGLE, Shape
from bench.ingest.supply import Supplies

from events import codec, strict_json
from events.envelope import Event, Payload

NOW = datetime(2026, 3, 5, tzinfo=UTC)
DAY = Day(datetime(2026, 3, 3, tzinfo=UTC))
NUMBERS = (*range(2_000), 9_999_999)


def read(raw: bytes) -> Event[Payload]:
    return codec.structured(strict_json.loads(raw), tenant="default", recorded_at=NOW)


@pytest.mark.parametrize("one", [Day.event, Day.escaped])
def test_every_event_is_within_the_contract(one: Callable[[Day, int], bytes]) -> None:
    for number in NUMBERS:
        assert read(one(DAY, number)).id == f"{number:010}"


def test_every_plain_report_is_within_the_contract() -> None:
    for number in NUMBERS:
        codec.payload("interaction.reported", strict_json.loads(DAY.data(number)))


@pytest.mark.parametrize("one", [Day.event, Day.escaped, Day.data])
def test_all_events_of_a_kind_are_equally_long(one: Callable[[Day, int], bytes]) -> None:
    assert len({len(one(DAY, number)) for number in NUMBERS}) == 1


def test_an_event_is_as_long_as_a_real_one() -> None:
    assert 420 <= len(DAY.event(0)) <= 480


def test_escaped_events_have_escapes_and_other_characters_than_ascii() -> None:
    assert b"\\u" in DAY.escaped(0)
    assert not DAY.escaped(0).isascii()


def test_customers_are_many_and_come_back() -> None:
    customers = {read(DAY.event(number)).data.partition_key() for number in range(4_000)}
    assert 2_000 < len(customers) < 4_000


@pytest.mark.parametrize("count", [1, 2, 100])
def test_cutting_undoes_joining(count: int) -> None:
    events = [DAY.event(number) for number in range(count)]
    assert cut(joined(events), len(events[0])) == events


@pytest.mark.parametrize("body", [b"[1234,567]", b"[1234,56789]", b""])
def test_a_body_of_another_length_is_not_cut(body: bytes) -> None:
    with pytest.raises(ValueError, match="no array"):
        cut(body, 4)


def test_no_two_supplies_of_a_run_share_an_event() -> None:
    supplies = Supplies(DAY)
    bodies: list[bytes] = []
    for shape, count in ((SINGLE, 3), (BATCH, 2), (SINGLE, 1), (BATCH, 1)):
        supply = supplies.make(shape, count)
        assert len(supply.made) == count
        bodies += [*supply.made, *itertools.islice(supply.more(), 9 * count)]
    documents = [strict_json.loads(body) for body in bodies]
    ids = [event["id"] for found in documents for event in (found if isinstance(found, list) else [found])]
    assert len(ids) == 10 * (3 + 1) + 10 * (2 + 1) * BATCH.events
    assert len(set(ids)) == len(ids)


def test_every_peer_is_sent_the_same() -> None:
    supply = Supplies(DAY).make(BATCH, 2)
    assert list(itertools.islice(supply.more(), 3)) == list(itertools.islice(supply.more(), 3))
    assert next(supply.more()) not in supply.made


@pytest.mark.parametrize("shape", [*OFFICIAL, *EXTRA], ids=lambda shape: shape.name)
def test_a_head_names_path_key_and_type_and_ends_where_the_length_goes(shape: Shape) -> None:
    head = shape.head("/there", "amk_1").decode()
    assert head.startswith("POST /there HTTP/1.1\r\n")
    assert f"Content-Type: {shape.content_type}\r\n" in head
    assert "Authorization: Bearer amk_1\r\n" in head
    assert head.endswith("\r\nContent-Length: ")
    assert ("Content-Encoding" in head) == (shape.name == "gzip")


def test_the_single_shape_sends_the_same_event_as_the_batch() -> None:
    assert strict_json.loads(BATCH.body(DAY, 0))[7] == strict_json.loads(SINGLE.body(DAY, 7))
