"""Dead letters: read leniently, chosen exactly, sent again byte for byte, remembered."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.letters import letter
from amends.letters.letter import Choice, Letter, format_offsets, parse_offsets, sort_out
from events.runtime.stream import Outgoing, Partition, Record

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DEAD = "mentions-alerting-dlq"


def buried(offset: int, *, reason: str = "invalid", at: datetime = NOON) -> Record:
    headers = (
        ("ce_id", b"e-1"),
        ("traceparent", b"\xff\x00"),
        ("dlq_reason", reason.encode()),
        ("dlq_error", b"/data/rating value_error; / missing"),
        ("dlq_consumer", b"alerting"),
        ("dlq_topic", b"mentions"),
        ("dlq_partition", b"3"),
        ("dlq_offset", b"41"),
        ("dlq_at", at.isoformat().encode()),
    )
    return Record(Partition(DEAD, 0), offset, NOON, b"key", b'{"not": "json', headers)


def written(record: Outgoing, offset: int) -> Record:
    return Record(Partition(record.topic, 0), offset, NOON, record.key, record.value, record.headers)


def test_a_letter_says_where_it_came_from_and_why() -> None:
    found = Letter.of(buried(5))
    assert (found.reason, found.consumer, found.origin) == ("invalid", "alerting", ("mentions", 3, 41))
    assert found.problems == "/data/rating value_error; / missing"
    assert found.buried_at == NOON


def test_a_letter_without_headers_is_still_a_letter() -> None:
    found = Letter.of(Record(Partition(DEAD, 0), 0, NOON, None, None))
    assert (found.reason, found.origin, found.buried_at) == ("unknown", ("unknown", 0, 0), NOON)


def test_again_it_is_the_record_as_it_came() -> None:
    assert Letter.of(buried(5)).again("mentions") == Outgoing(
        "mentions", b"key", b'{"not": "json', (("ce_id", b"e-1"), ("traceparent", b"\xff\x00"))
    )


def test_a_mark_takes_letters_off_the_list() -> None:
    records = [buried(0), buried(1), written(letter.mark(DEAD, [0], NOON), 2), buried(3)]
    letters, replayed = sort_out(records)
    assert [one.offset for one in letters] == [0, 1, 3]
    assert replayed == {0}
    assert [one.offset for one in Choice().of(letters, replayed)] == [1, 3]


def test_a_choice_is_by_reason_time_and_offset() -> None:
    old = NOON - timedelta(hours=2)
    letters, _ = sort_out([buried(0, at=old), buried(1, reason="undecodable"), buried(2)])

    def chosen(choice: Choice) -> list[int]:
        return [one.offset for one in choice.of(letters)]

    assert chosen(Choice(reason="invalid")) == [0, 2]
    assert chosen(Choice(since=NOON - timedelta(hours=1))) == [1, 2]
    assert chosen(Choice(reason="invalid", since=NOON)) == [2]
    assert chosen(Choice(offset=1)) == [1]


def test_counts_are_by_reason() -> None:
    letters, replayed = sort_out([buried(0), buried(1), buried(2, reason="undecodable")])
    counts = letter.counted(letters, {*replayed, 1})
    assert {reason: (c["waiting"], c["replayed"]) for reason, c in counts.items()} == {
        "invalid": (1, 1),
        "undecodable": (1, 0),
    }


@given(st.sets(st.integers(min_value=0, max_value=300)))
def test_offsets_survive_being_written(offsets: set[int]) -> None:
    assert parse_offsets(format_offsets(offsets)) == offsets


@pytest.mark.parametrize("text", ["", "a-b", "-", "1-", "x,2", "²"])
def test_what_is_no_list_of_offsets_is_skipped(text: str) -> None:
    assert parse_offsets(text) <= {1, 2}
