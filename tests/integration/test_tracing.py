"""One request followed through real services, Kafka and PostgreSQL: to a notification, and to the CRM.

The services run once, as processes that tell their spans to a collector of the test's own; every fact is read from what
they left behind: spans, log lines, rows.
"""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from amends.local.parts import Parts
from events.opaque import opaque
from events.runtime.kafka import KafkaPublisher
from events.runtime.stream import Outgoing
from support import broker, receiver
from support.collector import Collector, Span
from support.happened import csat, event, record
from support.own_database import own_database
from support.services import House, house
from support.serving import serving
from support.until import until

pytestmark = pytest.mark.timeout(180)

TOKEN = "the token of the crm"
CUSTOMER, WORDS = "cus-canary-4711", "zyzzogeton spoke of Xanthippe"
CANARIES = (CUSTOMER, "zyzzogeton", "Xanthippe")
BEGUN, UNSAMPLED, SEVERAL = "req-begun-here", "req-unsampled", "req-several"
JOINED = "0f6e2c1a-6d0b-4b5e-9a51-2f3f8c7d1e90"
"""Of a form that tells of nobody: logs have it as it is, and the others as digests."""
SENDERS_TRACE, SENDERS_SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
QUIET_TRACE = "5cf92f3577b34da6a3ce929d0e0e4736"


@dataclass
class Story:
    """What was left when all services had stopped."""

    spans: list[Span]
    raw_logs: dict[str, str]
    answers: dict[str, httpx.Response]
    origins: dict[str, Any]
    """The column of each case, by the event that opened it."""

    def lines(self, service: str, event: str | None = None, **said: Any) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.raw_logs[service].splitlines() if line.startswith("{")]
        wanted = {**({"event": event} if event else {}), **said}
        return [line for line in lines if wanted.items() <= line.items()]

    def trace(self, trace: str) -> dict[str, Span]:
        """The spans of a trace, by service and name."""
        return {f"{span.service}: {span.name}": span for span in self.spans if span.trace == trace}


async def told(directory: Path, parts: Parts, database_url: str) -> Story:
    await broker.recreate_topics(parts.kafka_bootstrap)
    collector, hook = Collector(), receiver.Receiver()
    async with (
        serving(collector, collector.port),
        serving(hook, hook.port),
        house(directory, parts.kafka_bootstrap, database_url) as rooms,
    ):
        rooms.environ |= collector.environ | {"KAFKA_SESSION_SECONDS": "6"}
        crm = await rooms.add("demo-crm", DEMO_CRM_TOKEN=TOKEN)
        await asyncio.gather(
            rooms.add("ingest"),
            rooms.add("alerting", ALERTING_WEBHOOK_URL=hook.url, ALERTING_WEBHOOK_SECRET=receiver.SECRET),
            rooms.add(
                "profile-sync",
                PROFILE_SYNC_CRM_URL=f"{crm.url}/profiles/{{customer_id}}",
                PROFILE_SYNC_CRM_TOKEN=TOKEN,
            ),
        )
        answers = await _post_all(rooms)
        await _write_without_context(parts.kafka_bootstrap)
        await until(lambda: len(hook.got) >= 7, "seven people were told", seconds=60)
        await rooms.caught_up("profile-sync")
        await until(lambda: _written(rooms) >= 2, "the CRM was written to", seconds=30)
        await until(lambda: _announced(database_url), "the topic was told of what was noted", seconds=30)
        await rooms.caught_up("alerting")
        origins = await _origins(database_url)
        logs = {name: member.log for name, member in rooms.members.items()}
        await asyncio.gather(*(member.stop() for member in rooms.members.values()))
    return Story(collector.spans, {name: log.read_text() for name, log in logs.items()}, answers, origins)


def answer(name: str, **more: Any) -> dict[str, Any]:
    said = {"customer_id": f"{CUSTOMER}-{name}", "comment": WORDS, "submitted_at": datetime.now(UTC).isoformat()}
    return csat(1, None, f"r-{name}", **said, **more)


async def _post_all(rooms: House) -> dict[str, httpx.Response]:
    """Posted apart, so that each is a batch of its own to whoever reads it."""
    context = {
        BEGUN: {},
        JOINED: {"traceparent": f"00-{SENDERS_TRACE}-{SENDERS_SPAN}-01", "tracestate": "acme=1"},
        UNSAMPLED: {"traceparent": f"00-{QUIET_TRACE}-{SENDERS_SPAN}-00"},
        SEVERAL: {},
    }
    answers = {}
    async with httpx.AsyncClient(base_url=rooms["ingest"].url, headers=rooms.headers) as client:
        for name, headers in context.items():
            preferences = [{"kind": "language", "value": "bn"}] if name in (BEGUN, JOINED) else []
            body: Any = answer(name, preferences=preferences)
            if name == SEVERAL:
                body = [answer(f"{name}-{number}") for number in range(3)]
            answers[name] = await client.post(
                "/v1/survey-responses", json=body, headers={"X-Request-Id": name, **headers}
            )
            await asyncio.gather(*(rooms.caught_up(reader) for reader in ("alerting", "profile-sync")))
        answers["refused"] = await client.post("/v1/survey-responses", json={"comment": WORDS})
    return answers


async def _write_without_context(bootstrap: str) -> None:
    """As the version before wrote records, and as a broken program does."""
    publisher = KafkaPublisher(bootstrap, client_id="test")
    old = record(event("survey.answered", answer("old"), id_="e-old", at=datetime.now(UTC)))
    poison = Outgoing("survey-responses", b"k", b"{", (("ce_id", b"e-poison"), ("ce_requestid", b"req-poison")))
    await publisher.publish([old, poison])
    await publisher.close()


def _written(rooms: House) -> int:
    return rooms["profile-sync"].log.read_text().count('"profile written"')


async def _announced(database_url: str) -> bool:
    return not await _asked(database_url, "SELECT 1 FROM profile_sync.announcement")


async def _origins(database_url: str) -> dict[str, Any]:
    rows = await _asked(database_url, "SELECT event_id, CAST(origin AS text) FROM alerting.recovery_case")
    return {row[0]: row[1] and json.loads(row[1]) for row in rows}


async def _asked(database_url: str, query: str) -> list[Any]:
    database = await asyncpg.connect(database_url)
    try:
        return list(await database.fetch(query))
    finally:
        await database.close()


@pytest.fixture(scope="module")
def story(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Story:
    async def whole() -> Story:
        async with own_database(parts.database_url) as url:
            return await told(tmp_path_factory.mktemp("tracing"), parts, url)

    return asyncio.run(whole())


def test_one_trace_goes_from_the_request_to_the_notification_and_to_the_crm(story: Story) -> None:
    (begin,) = (span for span in story.spans if span.said.get("amends.request_id") == opaque(BEGUN))
    found = story.trace(begin.trace)
    parents = {
        "ingest: POST /v1/survey-responses": None,
        "ingest: send survey-responses": "ingest: POST /v1/survey-responses",
        "alerting: process survey-responses": "ingest: send survey-responses",
        "alerting: open case": "ingest: send survey-responses",
        "alerting: notify webhook": "alerting: open case",
        "alerting: process customer-notes": "profile-sync: note preference",
        "profile-sync: process survey-responses": "ingest: send survey-responses",
        "profile-sync: note preference": "ingest: send survey-responses",
        "profile-sync: push preferences": "profile-sync: note preference",
        "profile-sync: read profile": "profile-sync: push preferences",
        "profile-sync: write profile": "profile-sync: push preferences",
    }
    assert found.keys() == parents.keys()
    assert {name: found[parent].id if parent else "" for name, parent in parents.items()} == {
        name: span.parent for name, span in found.items()
    }
    kinds = {name: span.kind for name, span in found.items() if span.kind != "internal"}
    assert kinds == {
        "ingest: POST /v1/survey-responses": "server",
        "ingest: send survey-responses": "producer",
        "alerting: process survey-responses": "consumer",
        "alerting: process customer-notes": "consumer",
        "profile-sync: process survey-responses": "consumer",
        "alerting: notify webhook": "client",
        "profile-sync: read profile": "client",
        "profile-sync: write profile": "client",
    }


def test_what_a_batch_opens_is_linked_to_the_batch_and_the_batch_to_what_brought_it(story: Story) -> None:
    (begin,) = (span for span in story.spans if span.said.get("amends.request_id") == opaque(BEGUN))
    found = story.trace(begin.trace)
    sent, batch = found["ingest: send survey-responses"], found["alerting: process survey-responses"]
    assert (sent.trace, sent.id) in batch.links
    assert (batch.trace, batch.id) in found["alerting: open case"].links


def test_attributes_follow_the_conventions(story: Story) -> None:
    (begin,) = (span for span in story.spans if span.said.get("amends.request_id") == opaque(BEGUN))
    found = story.trace(begin.trace)
    assert begin.said == {
        "http.request.method": "POST",
        "http.route": "/v1/survey-responses",
        "http.response.status_code": 202,
        "url.scheme": "http",
        "amends.request_id": opaque(BEGUN),
    }
    assert found["ingest: send survey-responses"].said == {
        "messaging.system": "kafka",
        "messaging.operation.type": "send",
        "messaging.operation.name": "send",
        "messaging.destination.name": "survey-responses",
        "messaging.batch.message_count": 1,
    }
    assert found["alerting: process survey-responses"].said["messaging.operation.type"] == "process"


def test_a_trace_that_the_sender_began_goes_on(story: Story) -> None:
    found = story.trace(SENDERS_TRACE)
    assert found["ingest: POST /v1/survey-responses"].parent == SENDERS_SPAN
    assert {"alerting: notify webhook", "profile-sync: write profile"} <= found.keys()


def test_a_request_of_several_events_is_one_batch_and_a_case_for_each(story: Story) -> None:
    (begin,) = (span for span in story.spans if span.said.get("amends.request_id") == opaque(SEVERAL))
    spans = [span for span in story.spans if span.trace == begin.trace]
    assert sum(span.name == "open case" for span in spans) == 3
    assert sum(span.name == "send survey-responses" for span in spans) == 1


def test_what_the_sender_did_not_sample_has_no_span_and_is_followed_all_the_same(story: Story) -> None:
    assert story.trace(QUIET_TRACE) == {}
    assert [line["trace_id"] for line in story.lines("alerting", request_id=opaque(UNSAMPLED))] == [QUIET_TRACE] * 2


def test_a_refused_request_has_its_own_span_and_sends_nothing(story: Story) -> None:
    refused = [span for span in story.spans if span.said.get("http.response.status_code") == 422]
    assert [(span.name, span.kind) for span in refused] == [("POST /v1/survey-responses", "server")]
    assert story.trace(refused[0].trace).keys() == {"ingest: POST /v1/survey-responses"}


@pytest.mark.parametrize("request_id", [BEGUN, JOINED])
def test_the_same_request_id_is_in_the_lines_of_every_service(story: Story, request_id: str) -> None:
    assert story.answers[request_id].headers["x-request-id"] == request_id
    (event_id,) = story.answers[request_id].json()["ids"]
    said = opaque(request_id)
    assert (said == request_id) is (request_id == JOINED)
    (accepted,) = story.lines("ingest", "accepted", request_id=said)
    assert (accepted["ids"], accepted["events"]) == ([event_id], 1)
    (opened,) = story.lines("alerting", "case opened", request_id=said, event_id=event_id)
    (delivered,) = story.lines("alerting", "notification delivered", request_id=said)
    assert delivered["about"] == opened["case"]
    (noted,) = story.lines("profile-sync", "preference noted", request_id=said)
    assert (noted["event_id"], noted["kinds"]) == (event_id, ["language"])
    assert len(story.lines("profile-sync", "profile written", request_id=said)) == 1


def test_a_line_names_the_trace_its_request_is_in(story: Story) -> None:
    for service in ("ingest", "alerting", "profile-sync"):
        lines = story.lines(service, request_id=JOINED)
        assert lines
        assert {line["trace_id"] for line in lines} == {SENDERS_TRACE}


def test_every_line_says_which_service_in_which_version_it_is_of(story: Story) -> None:
    for service in ("ingest", "alerting", "profile-sync"):
        lines = story.lines(service)
        assert lines
        assert all(line["service"] == service and line["version"] for line in lines)


def test_a_dead_letter_is_a_line_with_its_request(story: Story) -> None:
    (line,) = story.lines("alerting", "dead-lettered")
    assert (line["request_id"], line["event_id"]) == (opaque("req-poison"), opaque("e-poison"))
    assert line["topic"] == "survey-responses"


def test_a_record_without_any_context_opens_its_case_and_somebody_is_told(story: Story) -> None:
    assert story.origins["e-old"] is None
    (opened,) = story.lines("alerting", "case opened", event_id=opaque("e-old"))
    assert "request_id" not in opened
    assert len(story.lines("alerting", "notification delivered", about=opened["case"])) == 1


def test_nothing_of_the_customer_is_in_any_line_or_span(story: Story) -> None:
    told = [*story.raw_logs.values(), *(f"{span.name} {span.said}" for span in story.spans)]
    assert [canary for canary in CANARIES for text in told if canary in text] == []
