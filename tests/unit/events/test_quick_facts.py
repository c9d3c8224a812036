"""What the quick way takes, what it leaves to the careful way, and what it does not know how to check."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import AwareDatetime, ConfigDict, Field, field_serializer, field_validator

from events import codec, quick, strict_json
from events.catalog import POSTED, EventType
from events.envelope import Payload
from events.quick import patterns, shapes
from events.quick.patterns import Unsupported
from events.vocabulary import Identifier, Instant

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
TYPES = pytest.mark.parametrize("entry", POSTED, ids=lambda entry: entry.name)
DATA = {"interaction_id": "i-1", "channel": "phone", "offered_at": "2026-03-02T09:30:00Z"}
EVENT = {"specversion": "1.0", "id": "e-1", "source": "/crm", "type": "interaction.reported", "data": DATA}
ANSWER = {"response_id": "r-1", "instrument": "csat", "scale": "1-5", "value": 5, "submitted_at": DATA["offered_at"]}


def body(*, answer: bool = False, **said: Any) -> bytes:
    """A report of a contact, or of an answer, with these fields."""
    data = {**(ANSWER if answer else DATA), **said}
    return json.dumps({**EVENT, "type": "survey.answered" if answer else EVENT["type"], "data": data}).encode()


def careful(raw: bytes) -> Any:
    return codec.structured(strict_json.loads(raw), tenant="default", recorded_at=NOW)


def example(entry: EventType) -> dict[str, Any]:
    return entry.payload.model_config["json_schema_extra"]["example"]  # type: ignore[index,call-overload,return-value,no-any-return]


TAKEN = {
    "spaces anywhere": json.dumps(EVENT, indent=2).encode(),
    "fields that are null": body(team=None, answered_at=None, first_response_at=None),
    "defaults said": body(transfers=0, callback_queued=False, direction="inbound"),
    "an attribute that is null": json.dumps({**EVENT, "subject": None, "time": None}).encode(),
    "an offset": body(offered_at="2026-03-02T11:30:00+02:00"),
    "an offset of nothing": body(offered_at="2026-03-02T09:30:00.123456+00:00"),
    "milliseconds": body(offered_at="2026-03-02T09:30:00.5Z"),
    "words in Bengali": body(answer=True, comment="ভালো"),
    "escapes": body(answer=True, comment='a "b" \\ c\n\x7f/ T Z'),
    "slashes as PHP writes them": json.dumps(EVENT).replace("/", "\\/").encode(),
    "every number kept": body(answer=True, answers={"a": 5, "b": 5.0, "c": True, "d": -0.0, "e": 1e-9, "f": None}),
}


@pytest.mark.parametrize("raw", TAKEN.values(), ids=TAKEN.keys())
def test_it_is_taken_quickly(raw: bytes) -> None:
    found = quick.structured(raw)
    assert found is not None
    meant = careful(raw)
    assert codec.decode(codec.encode(meant)[0], found.events[0].value) == meant


LEFT = {
    "a key of the event twice": json.dumps(EVENT).replace('"id"', '"id": "e-0", "id"').encode(),
    "a key twice, with the same value": json.dumps(EVENT).replace('"id"', '"id": "e-1", "id"').encode(),
    "the type twice": json.dumps(EVENT).replace('"type"', '"type": "interaction.reported", "type"').encode(),
    "the data twice": json.dumps(EVENT).replace('"data"', f'"data": {json.dumps(DATA)}, "data"').encode(),
    "a key of the data twice": body().replace(b'"channel"', b'"channel": "email", "channel"'),
    "a key twice, written differently": body().replace(b'"channel"', b'"c\\u0068annel": "email", "channel"'),
    "a key twice, beside a default": body(team=None).replace(b'"channel"', b'"channel": "email", "channel"'),
    "a key twice, hidden behind quotation marks written as escapes": body(answer=True, comment='""""')
    .replace(rb"\"", rb"\u0022")
    .replace(b'"instrument"', b'"instrument": "nps", "instrument"'),
    "null and then a value": body(team="x").replace(b'"team"', b'"team": null, "team"'),
    "a key of the answers twice": body(answer=True, answers={"a": 1}).replace(b'"a"', b'"a": 2, "a"'),
    "a key twice, and a moment without T": body(offered_at="2026-03-02 09:30:00Z").replace(b'"id"', b'"id":"x","id"'),
    "a moment without T": body(offered_at="2026-03-02 09:30:00Z"),
    "a moment without T beside a T": body(offered_at="2026-03-02 09:30:00Z", team="T"),
    "a moment without T, in escapes": body().replace(b"02T09", b"02\\u002009"),
    "an offset without colon": body(offered_at="2026-03-02T09:30:00+0200"),
    "an offset of nothing without colon": body(offered_at="2026-03-02T09:30:00-0000"),
    "the same after a fraction": body(offered_at="2026-03-02T09:30:00.5-0000"),
    "nanoseconds, rounded otherwise": body(offered_at="2026-03-02T09:30:00.123456789Z"),
    "before 2000": body(offered_at="1999-12-31T23:59:59Z"),
    "before 2000 by its offset": body(offered_at="2000-01-01T00:30:00+01:00"),
    "beyond the last year by its offset": body(offered_at="9999-12-31T23:59:59-01:00"),
    "before 2000 in the event": json.dumps({**EVENT, "time": "1999-12-31T23:59:59Z"}).encode(),
    "NUL": body(answer=True, comment="\x00"),
    "half a surrogate pair": body(answer=True, comment="\ud800"),
    "not UTF-8": body(team="x").replace(b'"x"', b'"\xff"'),
    "an id with a line break": body(interaction_id="i-1\n"),
    "an id with a space": body(customer_id="a b"),
    "an empty id": body(agent=""),
    "a label with a tab": body(team="a\tb"),
    "a source with a space": json.dumps({**EVENT, "source": "/a b"}).encode(),
    "an answer's name with a line break": body(answer=True, answers={"a\n": 1}),
    "a text of over 8 KiB": body(answer=True, comment="é" * 4097),
    "an integer beyond a double": body(answer=True, answers={"a": 2**53}),
    "an integer beyond 64 bits": body(answer=True, answers={"a": 2**64}),
    "a number beyond a double": body(answer=True).replace(b": 5", b": 1e400"),
    "a whole number written as a fraction": body(transfers=1.0),
    "true as a number": body(talk_seconds=True),
    "fields that contradict each other": body(revision=1, updated_at="2026-03-02T09:30:00Z"),
    "a value off its scale": body(answer=True, value=6),
    "an unknown field": body(extra=1),
    "an unknown type": json.dumps({**EVENT, "type": "order.placed"}).encode(),
    "no type": json.dumps({name: value for name, value in EVENT.items() if name != "type"}).encode(),
    "the tenant": json.dumps({**EVENT, "tenant": "default"}).encode(),
    "our clock": json.dumps({**EVENT, "recordedtime": "2026-03-02T09:30:00Z"}).encode(),
    "our request id": json.dumps({**EVENT, "requestid": "r-1"}).encode(),
    "not an object": b"[]",
    "two documents": json.dumps(EVENT).encode() * 2,
    "nothing": b"",
    "nested too deep": b"[" * 100_000,
}


@pytest.mark.parametrize("raw", LEFT.values(), ids=LEFT.keys())
def test_it_is_left_to_the_careful_way(raw: bytes) -> None:
    assert quick.structured(raw) is None
    assert quick.batch(b"[%b,%b]" % (raw, body())) is None


def test_five_hundred_events_are_taken_and_one_more_is_not() -> None:
    def many(number: int) -> bytes:
        return json.dumps([EVENT] * number).encode()

    found = quick.batch(many(500))
    assert found is not None
    assert len(found.events) == 500
    assert quick.batch(many(501)) is None
    assert quick.plain("interaction.reported", json.dumps([DATA] * 501).encode(), "/x") is None


def test_more_values_than_anyone_needs_are_left_to_the_careful_way() -> None:
    full = {
        **dict.fromkeys(("interaction_id", "customer_id", "team", "agent", "reason", "comment"), "x"),
        **{**ANSWER, "channel": "sms", "status": "partial", "language": "de", "revision": 1, "updated_at": None},
        "answers": {f"a{number}": 1 for number in range(100)},
        "preferences": [{"kind": "do_not_contact", "value": "sms", "stop": False}] * 20,
    }
    event = {**EVENT, "type": "survey.answered", "data": full}
    assert quick.batch(json.dumps([event] * 490).encode()) is not None
    raw = json.dumps([event] * 500).encode()
    with pytest.raises(ValueError, match="more than 100000 values"):
        strict_json.loads(raw)
    assert quick.batch(raw) is None


def test_the_latest_moment_of_a_batch_is_known() -> None:
    late = {**EVENT, "time": "2026-03-02T09:31:00Z", "data": {**DATA, "ended_at": "2026-03-02T12:00:00+02:00"}}
    found = quick.batch(json.dumps([EVENT, late]).encode())
    assert found is not None
    assert found.latest == datetime(2026, 3, 2, 10, tzinfo=UTC)


@TYPES
def test_equal_reports_have_equal_ids_however_they_are_written(entry: EventType) -> None:
    said = example(entry)
    full = {name: field.get_default(call_default_factory=True) for name, field in entry.payload.model_fields.items()}
    defaults = {name: value for name, value in full.items() if not entry.payload.model_fields[name].is_required()}
    shifted = {name: value.replace("Z", "+00:00") if "_at" in name else value for name, value in said.items()}
    ways = [said, dict(reversed(said.items())), {**defaults, **said}, shifted]
    found = [quick.plain(entry.name, json.dumps(way, indent=1).encode(), "/x") for way in ways]
    carefully = {codec.identity_of(entry.name, codec.payload(entry.name, json.loads(json.dumps(way)))) for way in ways}
    assert {batch.events[0].id for batch in found if batch} == carefully
    assert len(carefully) == 1
    assert all(found)
    name = next(name for name in said if name.endswith("_id"))
    changed = quick.plain(entry.name, json.dumps({**said, name: "another"}).encode(), "/x")
    assert changed is not None
    assert changed.events[0].id not in carefully


class Strange(Payload):
    TYPE: ClassVar[str] = "strange.happened"
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class WithSet(Strange):
    tags: set[str]


class WithAnyMoment(Strange):
    at: AwareDatetime


class WithMomentInside(Strange):
    at: tuple[Instant, ...]


class WithDefault(Strange):
    share: float = 0.5


class WithCapitalDefault(Strange):
    kind: Literal["A", "T"] = "T"


class WithAlias(Strange):
    one: Identifier = Field(alias="two")


class WithPattern(Strange):
    word: Annotated[str, Field(pattern=r"^\w+$")]


class WithLaxNumbers(Strange):
    model_config = ConfigDict(strict=False)
    count: int


class WithOtherTexts(Strange):
    model_config = ConfigDict(str_strip_whitespace=True)


class WithSerializer(Strange):
    count: int

    @field_serializer("count")
    def _text(self, value: int) -> str:
        return str(value)


class WithFieldValidator(Strange):
    count: int

    @field_validator("count")
    @classmethod
    def _even(cls, value: int) -> int:
        return value


@pytest.mark.parametrize("model", Strange.__subclasses__(), ids=lambda model: model.__name__)
def test_a_model_is_not_read_quickly_where_it_is_not_known_how(model: type[Payload]) -> None:
    with pytest.raises(Unsupported):
        shapes.of_payload(model)


@pytest.mark.parametrize(
    "pattern", ["a", "^a", r"^\d$", r"^\S$", "^(?i)a$", r"^a\b$", "^a$b$", r"^[\w]+$", r"^[^\d]+$"]
)
def test_a_pattern_is_not_translated_where_python_may_take_more(pattern: str) -> None:
    with pytest.raises(Unsupported):
        patterns.python(pattern)
