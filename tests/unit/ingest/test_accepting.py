"""What senders may do, in every shape."""

import gzip
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings import http as sdk
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from events import codec
from events.catalog import POSTED

STRUCTURED = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER_TRACE = "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

TIME = datetime(2026, 3, 2, 9, 41, tzinfo=UTC)  # the SDK's own would be now

ANSWER = {
    "response_id": "resp-1",
    "customer_id": "cus-1",
    "instrument": "csat",
    "scale": "1-5",
    "value": 2,
    "submitted_at": "2026-03-02T09:40:00Z",
}


def event(**changes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/crm/acme",
        "type": "survey.answered",
        "time": "2026-03-02T09:41:00Z",
        "data": ANSWER,
        **changes,
    }


async def test_an_accepted_event_is_one_record_with_its_attributes_as_headers(edge: Any) -> None:
    answer = await edge.http.post(
        "/v1/events", json=event(traceparent=TRACE), headers={**STRUCTURED, "X-Request-Id": "r-1"}
    )
    assert answer.status_code == 202
    assert answer.headers["x-request-id"] == "r-1"
    assert answer.json() == {"accepted": 1, "ids": ["e-1"]}
    (record,) = edge.records()
    (found,) = edge.events()
    assert record.partition.topic == "survey-responses"
    assert record.key == codec.key(found)
    assert dict(record.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"e-1",
        "ce_source": b"/crm/acme",
        "ce_type": b"survey.answered",
        "ce_time": b"2026-03-02T09:41:00+00:00",
        "ce_tenant": b"acme",
        "ce_recordedtime": b"2026-03-02T10:00:00+00:00",
        "ce_traceparent": TRACE.encode(),
        "ce_requestid": b"r-1",
        "content-type": b"application/json",
    }
    assert json.loads(record.value) == ANSWER


@pytest.mark.parametrize("mode", ["structured", "binary"])
@pytest.mark.parametrize("entry", POSTED, ids=lambda entry: entry.name)
async def test_the_official_sdk_is_understood(edge: Any, entry: Any, mode: str) -> None:
    data = entry.payload.model_config["json_schema_extra"]["example"]
    attributes = {
        "id": "sdk:1",
        "source": "/sdk",
        "type": entry.name,
        "subject": "a subject with spaces, € and 50%",
        "datacontenttype": "application/json",
        "time": TIME,
    }
    sent = CloudEvent(attributes, data)
    message = getattr(sdk, f"to_{mode}_event")(sent)
    answer = await edge.http.post("/v1/events", content=message.body, headers=message.headers)
    assert answer.status_code == 202, answer.text
    (found,) = edge.events()
    assert (found.id, found.source, found.type, found.time) == ("sdk:1", "/sdk", entry.name, TIME)
    assert found.data == codec.payload(entry.name, data)


async def test_an_attribute_that_is_null_is_one_left_out(edge: Any) -> None:
    null = dict.fromkeys(("time", "subject", "datacontenttype", "tenant", "recordedtime", "traceparent"))
    assert (await edge.http.post("/v1/events", json=event(**null), headers=STRUCTURED)).status_code == 202
    assert edge.events()[0].time == edge.events()[0].recorded_at


async def test_a_batch_of_the_official_sdk_is_understood(edge: Any) -> None:
    # The SDK has no batch mode of its own; a batch is an array of its structured events.
    attributes = {"source": "/sdk", "type": "survey.answered", "time": TIME}
    events = [CloudEvent({**attributes, "id": f"b-{n}"}, ANSWER) for n in range(3)]
    body = b"[" + b",".join(JSONFormat().write(sent) for sent in events) + b"]"
    answer = await edge.http.post("/v1/events", content=body, headers=BATCH)
    assert answer.json() == {"accepted": 3, "ids": ["b-0", "b-1", "b-2"]}


async def test_a_batch_may_mix_types_and_repeat_ids_and_keeps_its_order(edge: Any) -> None:
    call = {"interaction_id": "call-1", "channel": "phone", "offered_at": "2026-03-02T09:30:00Z"}
    batch = [event(), event(), event(id="c-1", type="interaction.reported", data=call)]
    answer = await edge.http.post("/v1/events", json=batch, headers=BATCH)
    assert answer.json() == {"accepted": 3, "ids": ["e-1", "e-1", "c-1"]}
    assert sorted(record.partition.topic for record in edge.records()) == ["interactions", *["survey-responses"] * 2]


async def test_five_hundred_events_of_a_mebibyte_in_all_are_one_batch(edge: Any) -> None:
    batch = [event(data={**ANSWER, "comment": "x" * 1700}) for _ in range(500)]
    body = json.dumps(batch).encode()
    assert 900_000 < len(body) < 1024 * 1024
    assert (await edge.http.post("/v1/events", content=body, headers=BATCH)).status_code == 202
    assert len(edge.records()) == 500


async def test_an_empty_batch_is_stored_already(edge: Any) -> None:
    answer = await edge.http.post("/v1/events", json=[], headers=BATCH)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 0, "ids": []})


async def test_a_single_event_of_exactly_64_kib_is_taken(edge: Any) -> None:
    body = json.dumps(event()).encode()
    body += b" " * (64 * 1024 - len(body))
    assert (await edge.http.post("/v1/events", content=body, headers=STRUCTURED)).status_code == 202


async def test_gzip_is_unpacked(edge: Any) -> None:
    body = gzip.compress(json.dumps([event()] * 500).encode())
    answer = await edge.http.post("/v1/events", content=body, headers={**BATCH, "Content-Encoding": "gzip"})
    assert answer.json()["accepted"] == 500
    assert await edge.metric("amends_ingest_body_bytes_total") == len(body)


async def test_the_same_plain_report_has_the_same_id_and_another_has_another(edge: Any) -> None:
    reordered = dict(reversed(ANSWER.items()))
    edited = {**ANSWER, "value": 5, "revision": 2}
    one = await edge.http.post("/v1/survey-responses", json=ANSWER)
    three = await edge.http.post("/v1/survey-responses", json=[reordered, edited, ANSWER])
    (first,) = one.json()["ids"]
    assert three.json()["accepted"] == 3
    assert [id_ == first for id_ in three.json()["ids"]] == [True, False, True]
    assert {found.time for found in edge.events()} == {found.recorded_at for found in edge.events()}


@pytest.mark.parametrize("entry", POSTED, ids=lambda entry: entry.name)
async def test_every_event_type_has_a_plain_route(edge: Any, entry: Any) -> None:
    example = entry.payload.model_config["json_schema_extra"]["example"]
    answer = await edge.http.post(f"/v1/{entry.plural}", json=example)
    assert answer.status_code == 202
    (record,) = edge.records()
    assert record.partition.topic == entry.topic.name
    assert await edge.metric(f'amends_ingest_events_total{{type="{entry.name}"}}') == 1


@pytest.mark.parametrize(
    ("sender", "header", "source"),
    [
        ("one-source", {}, "/crm/acme"),
        ("two-sources", {"Amends-Source": "/pbx/acme"}, "/pbx/acme"),
        ("any", {"Amends-Source": "/pbx/7"}, "/pbx/7"),
        ("any", {}, "/api/{key}"),
    ],
)
async def test_a_plain_report_is_from_the_source_of_its_key(
    edge: Any, sender: str, header: dict[str, str], source: str
) -> None:
    answer = await edge.http.post("/v1/survey-responses", json=ANSWER, headers={**edge.as_(sender), **header})
    assert answer.status_code == 202
    (found,) = edge.events()
    assert found.source == source.format(key=edge.key.id)
    assert found.tenant == "acme"


async def test_the_tenant_may_be_said_where_it_is_the_key_s(edge: Any) -> None:
    answer = await edge.http.post("/v1/events", json=event(tenant="acme"), headers=STRUCTURED)
    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("envelope", "header", "kept"),
    [
        (None, None, None),
        (None, TRACE, TRACE),
        (OTHER_TRACE, TRACE, OTHER_TRACE),
        (None, "nonsense", None),
        (None, "00-" + "0" * 32 + "-b7ad6b7169203331-01", None),
    ],
)
async def test_the_trace_context_goes_on_to_kafka(
    edge: Any, envelope: str | None, header: str | None, kept: str | None
) -> None:
    document = event(**({"traceparent": envelope} if envelope else {}))
    headers = {**STRUCTURED, **({"traceparent": header} if header else {})}
    assert (await edge.http.post("/v1/events", json=document, headers=headers)).status_code == 202
    assert dict(edge.records()[0].headers).get("ce_traceparent") == (kept.encode() if kept else None)


async def test_a_clock_that_is_six_minutes_ahead_is_kept_and_counted(edge: Any) -> None:
    batch = [
        event(),
        event(time="2026-03-02T10:06:00Z"),
        event(data={**ANSWER, "submitted_at": "2026-03-03T09:00:00Z"}),
    ]
    assert (await edge.http.post("/v1/events", json=batch, headers=BATCH)).status_code == 202
    assert await edge.metric("amends_ingest_events_ahead_total") == 2


async def test_every_example_of_the_page_is_accepted_as_it_stands(edge: Any) -> None:
    page = (await edge.http.get("/openapi.json")).json()
    tried = 0
    for path in page["paths"].keys() - {"/v1/webhooks/{source}"}:
        methods = page["paths"][path]
        for kind, content in methods["post"]["requestBody"]["content"].items():
            for name, example in content["examples"].items():
                attributes = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/docs", "ce-type": name}
                headers = {
                    "Content-Type": kind,
                    **(attributes if (path, kind) == ("/v1/events", "application/json") else {}),
                }
                answer = await edge.http.post(path, content=json.dumps(example["value"]), headers=headers)
                assert answer.status_code == 202, (path, kind, name, answer.text)
                tried += 1
    assert tried >= 13


async def test_the_command_on_the_page_is_accepted_as_it_stands(edge: Any) -> None:
    text = (await edge.http.get("/openapi.json")).json()["info"]["description"]
    path = re.search(r"http://127\.0\.0\.1:8080(\S+)", text)
    body = re.search(r"-d '([^']*)'", text)
    assert path
    assert body
    answer = await edge.http.post(path[1], content=body[1], headers={"Content-Type": "application/json"})
    assert answer.status_code == 202, answer.text


async def test_the_page_says_how_to_authorize_and_refers_to_nothing_it_lacks(edge: Any) -> None:
    page = (await edge.http.get("/openapi.json")).json()
    scheme = page["components"]["securitySchemes"]["ApiKey"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert all(methods["post"]["security"] for methods in page["paths"].values())
    names = set(page["components"]["schemas"])
    text = json.dumps(page)
    used = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert used <= names
    assert "recordedtime" not in text


async def test_the_front_door_leads_to_the_page(edge: Any) -> None:
    assert (await edge.http.get("/")).headers["location"] == "/docs"
    assert (await edge.http.get("/docs")).status_code == 200
