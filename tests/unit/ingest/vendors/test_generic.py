"""One's own system: CloudEvents and bare payloads, as strictly as our own routes take them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from events import codec
from events.catalog import POSTED
from events.problems import Invalid
from ingest.core.formats import Format
from ingest.core.limits import TooLarge
from ingest.core.signing_schemes import SCHEMES
from ingest.core.source import Source
from ingest.vendors import delivery
from ingest.vendors.generic import VENDOR, Options
from ingest.vendors.outcome import Context, Outcome, Said

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ANSWER = {
    "response_id": "r1",
    "instrument": "csat",
    "scale": "1-5",
    "value": 2,
    "comment": "zu langsam 🐢",
    "submitted_at": "2026-03-02T09:00:00Z",
}
EVENT = {"specversion": "1.0", "id": "e1", "source": "/crm/acme", "type": "survey.answered", "data": ANSWER}


def source(type_: str | None = None, **more: Any) -> Source:
    usual = {"name": "own", "vendor": "generic", "tenant": "acme", "speaks_for": ["/crm/acme", "/shop/acme"]}
    return Source.model_validate({**usual, **more, "options": {}}).model_copy(update={"options": Options(type=type_)})


BARE = source("survey.answered")


def read(document: Any, source: Source = BARE) -> list[Outcome]:
    return delivery.read(VENDOR, source, Format.JSON, json.dumps(document).encode(), Context(NOW))


def said(outcome: Outcome) -> Said:
    assert isinstance(outcome, Said)
    return outcome


def complaints(document: Any, source: Source = BARE) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as error:
        read(document, source)
    return [(problem.pointer, problem.code) for problem in error.value.problems]


def test_a_cloudevent_keeps_its_id_and_time() -> None:
    (one,) = read({**EVENT, "time": "2026-03-02T09:00:01+00:00"})
    assert (said(one).id, said(one).time) == ("e1", datetime(2026, 3, 2, 9, 0, 1, tzinfo=UTC))
    assert said(one).data == codec.payload("survey.answered", ANSWER)
    assert said(read(EVENT)[0]).time is None


def test_an_array_is_read_item_by_item() -> None:
    found = read([EVENT, ANSWER, {**EVENT, "id": "e2"}])
    assert [said(each).at for each in found] == ["/0", "/1", "/2"]
    assert read([]) == []


def test_a_bare_payload_has_the_id_that_our_own_route_would_give_it() -> None:
    (one,) = read(ANSWER)
    assert said(one).id == codec.identity_of("survey.answered", said(one).data)
    assert said(read({**ANSWER, "submitted_at": "2026-03-02T10:00:00+01:00"})[0]).id == said(one).id
    assert said(read({**ANSWER, "value": 3})[0]).id != said(one).id


@pytest.mark.parametrize("entry", POSTED, ids=lambda entry: entry.name)
def test_every_type_that_senders_post_may_come_bare(entry: Any) -> None:
    example = entry.payload.model_config["json_schema_extra"]["example"]
    assert entry.name == said(read(example, source(entry.name))[0]).data.TYPE


def test_an_unknown_type_is_no_option() -> None:
    with pytest.raises(ValidationError, match="must be one of"):
        Options(type="survey.asked")
    with pytest.raises(ValidationError, match="must be one of"):
        Options(type="case.reported")


def test_without_that_option_nothing_comes_bare() -> None:
    assert complaints(ANSWER, source()) == [("/specversion", "missing")]
    assert complaints([EVENT, ANSWER, 7], source()) == [("/1/specversion", "missing"), ("/2/specversion", "missing")]


def test_two_systems_may_use_the_same_id() -> None:
    here, there = read([EVENT, {**EVENT, "source": "/shop/acme"}])
    assert said(here).id == "e1"
    assert said(there).id == "e1"
    assert (said(here).source, said(there).source) == (None, "/shop/acme")


def test_a_source_speaks_for_itself_alone_unless_it_is_told_otherwise() -> None:
    assert complaints({**EVENT, "source": "/crm/other"}) == [("/source", "source")]
    itself = source(speaks_for=[])
    assert said(read({**EVENT, "source": "own"}, itself)[0]).id == "e1"
    assert complaints(EVENT, itself) == [("/source", "source")]


def test_what_is_ours_to_say_is_refused() -> None:
    claims = {"tenant": "globex", "recordedtime": "2026-03-02T09:00:00Z"}
    assert complaints({**EVENT, **claims}) == [("/tenant", "tenant"), ("/recordedtime", "recordedtime")]
    assert len(read({**EVENT, "tenant": "acme"})) == 1


def test_every_complaint_about_every_item_is_told_at_once_and_nothing_is_taken() -> None:
    wrong = [{**EVENT, "source": "/x", "id": "a b"}, EVENT, {**ANSWER, "value": 6}, {**ANSWER, "colour": "red"}]
    assert complaints(wrong) == [
        ("/0/source", "source"),
        ("/0/id", "string_pattern_mismatch"),
        ("/2", "value_error"),
        ("/3/colour", "extra_forbidden"),
    ]


def test_no_complaint_repeats_what_came() -> None:
    with pytest.raises(Invalid) as error:
        read([{**EVENT, "id": "anna@example.org", "source": "canary"}, {**ANSWER, "comment": ["canary"]}])
    assert "canary" not in str(error.value)
    assert "anna" not in str(error.value)


def test_a_moment_more_than_a_day_ahead_is_refused_where_it_stands() -> None:
    late = "2026-03-03T10:00:01Z"
    assert complaints({**ANSWER, "submitted_at": late}) == [("/submitted_at", "future")]
    assert complaints([{**EVENT, "time": late, "data": {**ANSWER, "submitted_at": late}}]) == [
        ("/0/time", "future"),
        ("/0/data/submitted_at", "future"),
    ]


def test_at_most_five_hundred_come_at_once_and_a_hundred_complaints() -> None:
    assert len(read([ANSWER] * 500)) == 500
    with pytest.raises(TooLarge):
        read([ANSWER] * 501)
    assert len(complaints([7] * 500)) == 100


def test_it_comes_with_an_api_key_or_signed_in_any_scheme_we_know() -> None:
    assert not VENDOR.signatures
    assert "standard-webhooks" in SCHEMES
