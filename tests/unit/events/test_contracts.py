"""The event contracts: what they take, what they refuse, and that the wire keeps it."""

from typing import Any

import pytest

from events import codec
from events.catalog import EVENT_TYPES, EventType
from events.problems import Invalid
from events.scales import ALLOWED, SCALES
from support.happened import NOON, answered, csat, event, interaction


@pytest.mark.parametrize("entry", EVENT_TYPES, ids=lambda entry: entry.name)
def test_the_example_in_the_documentation_is_accepted_and_survives_the_wire(entry: EventType) -> None:
    example: Any = entry.payload.model_config["json_schema_extra"]["example"]  # type: ignore[index,call-overload]
    sent = event(entry.name, example)
    assert codec.decode(*codec.encode(sent)) == sent


@pytest.mark.parametrize("entry", EVENT_TYPES, ids=lambda entry: entry.name)
def test_a_field_of_a_newer_sender_is_ignored_by_a_consumer_and_refused_at_the_edge(entry: EventType) -> None:
    example: Any = {**entry.payload.model_config["json_schema_extra"]["example"], "new_field": 1}  # type: ignore[dict-item,index,call-overload]
    with pytest.raises(Invalid, match="/data/new_field"):
        codec.payload(entry.name, example, at="/data")
    assert codec.payload(entry.name, example, unknown="ignore")


def test_an_attribute_of_a_newer_sender_is_ignored_by_a_consumer_and_refused_at_the_edge() -> None:
    headers, value = codec.encode(event("interaction.reported", answered()))
    assert codec.decode((*headers, ("ce_newattribute", b"x")), value).data.TYPE == "interaction.reported"
    with pytest.raises(Invalid, match="/newattribute"):
        codec.attributes({"specversion": "1.0", "id": "1", "source": "/x", "type": "t", "newattribute": "x"})


def refusal(type_: str, data: Any) -> str:
    with pytest.raises(Invalid) as error:
        codec.payload(type_, data, at="/data")
    return str(error.value)


REFUSED = {
    "naive time": (interaction(offered_at="2026-03-02T12:00:00"), "/data/offered_at must be an RFC 3339"),
    "time as a number": (interaction(offered_at=1772452800), "/data/offered_at"),
    "a day that does not exist": (interaction(offered_at="2026-02-30T12:00:00Z"), "/data/offered_at"),
    "before 2000": (interaction(offered_at="1999-12-31T23:59:59Z"), "before the year 2000"),
    "an e-mail address as id": (interaction(customer_id="sam@example.org"), "/data/customer_id"),
    "a number as text": (interaction(talk_seconds="12"), "/data/talk_seconds must be a number"),
    "a negative duration": (interaction(talk_seconds=-1), "/data/talk_seconds"),
    "true as a number": (interaction(transfers=True), "/data/transfers"),
    "an unknown channel": (interaction(channel="pigeon"), "/data/channel"),
    "answered and abandoned": (answered(abandoned=True), "both answered and abandoned"),
    "answered before offered": (interaction(answered_at="2026-03-02T11:59:59Z"), "before it was offered"),
    "revision and updated_at": (interaction(revision=1, updated_at="2026-03-02T12:00:00Z"), "not both"),
    "not an object": ([], "/data must be a JSON object"),
    "null": (None, "/data must be a JSON object"),
}


@pytest.mark.parametrize(("data", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_an_interaction_is_refused_with_where_and_why(data: Any, said: str) -> None:
    assert said in refusal("interaction.reported", data)


@pytest.mark.parametrize(
    ("instrument", "scale", "value"),
    [
        ("csat", "1-5", 0), ("csat", "1-5", 6), ("csat", "1-5", 4.5), ("csat", "1-5", "5"), ("csat", "1-5", True),
        ("nps", "1-5", 4), ("nps", "0-10", 11), ("ces", "0-10", 4), ("resolved", "thumbs", "up"),
        ("approval", "thumbs", "sideways"), ("csat", "0-1", 1.01), ("csat", "good-bad", 1),
    ],
)  # fmt: skip
def test_a_score_that_is_not_on_its_scale_is_refused(instrument: str, scale: str, value: object) -> None:
    data = csat(3) | {"instrument": instrument, "scale": scale, "value": value}
    assert "/data" in refusal("survey.answered", data)


def test_a_complaint_points_into_the_document_and_never_repeats_what_came() -> None:
    data = csat(3) | {"preferences": [{"kind": "language", "value": "canary!"}], "canary key": 1}
    said = refusal("survey.answered", data)
    assert "/data/preferences/0/value " in said
    assert "canary" not in said


CLASSES = [
    ("1-5", {1: "dissatisfied", 2: "dissatisfied", 3: "neutral", 4: "satisfied", 5: "satisfied"}),
    ("1-7", {3: "dissatisfied", 4: "neutral", 5: "neutral", 6: "satisfied"}),
    ("0-10", {0: "dissatisfied", 6: "dissatisfied", 7: "neutral", 8: "neutral", 9: "satisfied"}),
    ("1-10", {6: "dissatisfied", 7: "neutral", 9: "satisfied"}),
    ("1-3", {1: "dissatisfied", 2: "neutral", 3: "satisfied"}),
    ("0-2", {0: "dissatisfied", 1: "neutral", 2: "satisfied"}),
    ("good-bad", {"good": "satisfied", "bad": "dissatisfied"}),
    ("thumbs", {"up": "satisfied", "down": "dissatisfied"}),
    ("yes-no", {"yes": "satisfied", "no": "dissatisfied", True: "satisfied", False: "dissatisfied"}),
    ("0-1", {0.4: "dissatisfied", 0.41: "neutral", 0.79: "neutral", 0.8: "satisfied"}),
]


@pytest.mark.parametrize(("scale", "classes"), CLASSES, ids=[scale for scale, _ in CLASSES])
def test_a_value_has_the_class_its_scale_gives_it(scale: str, classes: dict[Any, str]) -> None:
    assert {value: SCALES[scale].sentiment(value) for value in classes} == classes


def test_every_scale_is_spoken_for_and_runs_from_0_to_100() -> None:
    assert {scale for scale, _ in CLASSES} == set(SCALES)
    assert ALLOWED["nps"] == {"0-10"}
    assert (SCALES["1-5"].percent(1), SCALES["1-5"].percent(4), SCALES["1-5"].percent(5)) == (0, 75, 100)


def test_the_same_customer_has_the_same_key_on_every_topic_and_it_says_nothing_of_them() -> None:
    contact = event("interaction.reported", answered(customer_id="07700900123"))
    answer = event("survey.answered", csat(1, customer_id="07700900123"))
    assert codec.key(contact) == codec.key(answer)
    assert b"07700900123" not in codec.key(contact)
    assert codec.key(contact) != codec.key(event("survey.answered", csat(1, customer_id="07700900123"), tenant="other"))


def test_the_same_report_has_the_same_id_and_another_report_another() -> None:
    first = codec.payload("interaction.reported", answered())
    again = codec.payload("interaction.reported", dict(reversed(answered().items())))
    changed = codec.payload("interaction.reported", answered(revision=1))
    identity = codec.identity_of("interaction.reported", first)
    assert identity == codec.identity_of("interaction.reported", again)
    assert identity != codec.identity_of("interaction.reported", changed)


def test_our_clock_is_kept_on_the_wire() -> None:
    assert codec.decode(*codec.encode(event("interaction.reported", answered()))).recorded_at == NOON
