"""Senders whose every identifier is somebody's name, mailbox or phone number, and what the services then say of
themselves: log lines, spans, metrics, what a dead letter says it is.

Everything that can refuse, does: the contract, the database, the CRM, whoever is notified. All of them answer with what
they were sent.
"""

import asyncio
import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from amends.local.parts import Parts
from amends.local.ports import free_port
from events import codec
from events.opaque import opaque
from events.runtime.dead_letters import PREFIX
from events.runtime.kafka import KafkaPublisher
from events.runtime.stream import Outgoing
from events.topics import INTERACTIONS, SURVEY_RESPONSES, TOPICS, all_topics
from support import broker
from support.collector import Collector
from support.happened import csat, event, record
from support.own_database import own_database
from support.receiver import SECRET
from support.services import House, house
from support.serving import serving
from support.until import until

pytestmark = pytest.mark.timeout(180)

NAME, PHONE, MAILBOX = "anna.meier", "4915112345678", "quenby@example.com"
PERSONAL = re.compile("anna.?meier|4915112345678|quenby|xanthippe", re.IGNORECASE)
REQUEST, EVENT = f"{NAME}-req", f"{NAME}-17"
BROKEN = "broken"
"""What the databases refuse to hold."""
TRACED = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "tracestate": f"acme={NAME}"}
HEADERS = {"X-Request-Id": REQUEST, "User-Agent": f"{NAME}/1", "Referer": f"https://example.com/{PHONE}", **TRACED}
REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF to_jsonb(NEW)::text LIKE '%broken%' THEN
            RAISE EXCEPTION 'no: %', to_jsonb(NEW) USING DETAIL = to_jsonb(NEW), ERRCODE = '23514';
        END IF;
        RETURN NEW;
    END $$
"""
REFUSING = ("alerting.recovery_case", "scoring.fact", "profile_sync.note")


@dataclass(frozen=True)
class Echo:
    """Refuses whatever comes, and repeats it."""

    port: int

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = scope["raw_path"], True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        await send({"type": "http.response.start", "status": 422, "headers": [(b"x-about", scope["raw_path"])]})
        await send({"type": "http.response.body", "body": body})


@dataclass
class Said:
    """What was left when all services had stopped."""

    logs: dict[str, str]
    spans: list[bytes]
    metrics: dict[str, str]
    letters: list[tuple[str, dict[str, str]]]
    keys: list[bytes]

    @property
    def lines(self) -> list[dict[str, Any]]:
        raw = [line for log in self.logs.values() for line in log.splitlines()]
        return [json.loads(line) for line in raw if line.startswith("{")]

    def line(self, service: str, event: str) -> dict[str, Any]:
        """The first."""
        return next(line for line in self.lines if (line["service"], line["event"]) == (service, event))


def answer(name: str, **more: Any) -> dict[str, Any]:
    about = {"customer_id": f"{NAME}-{name}", "agent": f"{NAME}-agent", "comment": "Xanthippe was rude"}
    preferences = [{"kind": "language", "value": "bn"}]
    given = {"submitted_at": datetime.now(UTC).isoformat(), "preferences": preferences, **about, **more}
    return csat(1, f"{PHONE}-{name}", f"{NAME}-{name}", **given)


def cloud(data: dict[str, Any], **attributes: str) -> dict[str, Any]:
    about = {"specversion": "1.0", "id": EVENT, "source": f"/crm/{NAME}", "subject": MAILBOX}
    return {**about, "type": "survey.answered", "data": data, **attributes}


async def _post(rooms: House) -> None:
    structured = {"Content-Type": "application/cloudevents+json"}
    async with httpx.AsyncClient(base_url=rooms["ingest"].url, headers={**rooms.headers, **HEADERS}) as client:

        async def answered(status: int, body: Any, path: str = "/v1/events", **headers: str) -> None:
            found = await client.post(path, json=body, headers={**structured, **headers})
            assert found.status_code == status, found.text

        await answered(202, cloud(answer("case")))
        await answered(202, cloud(answer(BROKEN), id=f"{NAME}-{BROKEN}"))
        await answered(422, cloud(answer("refused"), id=f"{MAILBOX}-17"))
        await answered(422, cloud({**answer("refused"), NAME: PHONE, "anna_meier": 1}))
        await answered(404, {}, f"/v1/{NAME}?customer={PHONE}")
        await answered(401, cloud(answer("strange")), Authorization=f"Bearer {NAME}")
        refused = await client.post("/v1/events", content=f'{{"{MAILBOX}": '.encode(), headers=structured)
        assert refused.status_code == 400


async def _write_what_cannot_be_read(bootstrap: str) -> None:
    """As a broken program writes it, which knows nothing of ingest's contract."""
    headers, _ = codec.encode(event("survey.answered", answer("odd"), id_=f"{NAME}-odd"))
    odd = {**answer("odd"), "answers": {"anna_meier": [1]}, "response_id": MAILBOX}
    named = (("ce_id", MAILBOX.encode()), ("ce_requestid", PHONE.encode()), ("ce_source", NAME.encode()))
    broken = record(event("interaction.reported", {**_contact(), "agent": f"{NAME}-{BROKEN}"}, id_=f"{NAME}-{BROKEN}"))
    publisher = KafkaPublisher(bootstrap, client_id="test")
    await publisher.publish(
        [
            Outgoing(SURVEY_RESPONSES.name, b"k", json.dumps(odd).encode(), headers),
            Outgoing(SURVEY_RESPONSES.name, b"k", f'{{"{NAME}": '.encode(), headers),
            Outgoing(SURVEY_RESPONSES.name, b"k", b"{}", named),
            Outgoing(INTERACTIONS.name, b"k", b"{}", (*headers, ("ce_type", NAME.encode()))),
            broken,
        ]
    )
    await publisher.close()


def _contact() -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {"interaction_id": f"{PHONE}-{BROKEN}", "channel": "phone", "offered_at": now, "customer_id": NAME}


async def _ask(rooms: House) -> None:
    """Every service, of somebody, when its database answers nothing that it should."""
    database = await asyncpg.connect(rooms.environ["DATABASE_URL"])
    for schema, table in (("alerting", "recovery_case"), ("profile_sync", "note"), ("scoring", "fact")):
        await database.execute(f"ALTER TABLE {schema}.{table} RENAME TO away")
    await database.close()
    paths = {
        "alerting": f"/v1/cases?customer_id={NAME}",
        "profile-sync": f"/v1/customers/{NAME}/preferences",
        "scoring": f"/v1/contacts?metric=csat&window=1h&dimension=agent&key={NAME}",
    }
    async with httpx.AsyncClient(headers={**rooms.headers, **HEADERS}) as client:
        for name, path in paths.items():
            assert (await client.get(rooms[name].url + path)).status_code == 500, name
            assert (await client.get(f"{rooms[name].url}/v1/{NAME}")).status_code == 404, name


async def _lived(directory: Path, parts: Parts, database_url: str) -> Said:
    await broker.recreate_topics(parts.kafka_bootstrap)
    collector, echo = Collector(), Echo(free_port())
    async with (
        serving(collector, collector.port),
        serving(echo, echo.port),
        house(directory, parts.kafka_bootstrap, database_url) as rooms,
    ):
        rooms.environ |= {**collector.environ, "LOG_LEVEL": "debug"}
        url = f"http://127.0.0.1:{echo.port}"
        await asyncio.gather(
            rooms.add("ingest"),
            rooms.add("scoring"),
            rooms.add("alerting", ALERTING_WEBHOOK_URL=f"{url}/hook", ALERTING_WEBHOOK_SECRET=SECRET),
            rooms.add(
                "profile-sync", PROFILE_SYNC_CRM_URL=f"{url}/{{customer_id}}", PROFILE_SYNC_CRM_TOKEN="the token"
            ),
        )
        database = await asyncpg.connect(database_url)
        await database.execute(REFUSE)
        for table in REFUSING:
            await database.execute(
                f"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
        await database.close()
        await _post(rooms)
        await _write_what_cannot_be_read(parts.kafka_bootstrap)
        await asyncio.gather(*(rooms.caught_up(name) for name in ("scoring", "alerting", "profile-sync")))
        for name, event_ in (("alerting", "notification given up"), ("profile-sync", "push parked")):
            log = rooms[name].log
            await until(lambda log=log, told=event_: told in log.read_text(), event_)  # type: ignore[misc]
        metrics = {}
        async with httpx.AsyncClient() as client:
            for name, member in rooms.members.items():
                metrics[name] = (await client.get(f"{member.url}/metrics")).text
        await _ask(rooms)
        logs = {name: member.log for name, member in rooms.members.items()}
        await asyncio.gather(*(member.stop() for member in rooms.members.values()))
    letters, keys = [], []
    for topic in set(all_topics()) - set(TOPICS):
        for found in await broker.read_all(parts.kafka_bootstrap, topic.name):
            said = {name: value.decode() for name, value in found.headers if name.startswith(PREFIX)}
            letters.append((topic.name, said))
            keys.append(found.key)
    return Said({name: log.read_text() for name, log in logs.items()}, collector.raw, metrics, letters, keys)


@pytest.fixture(scope="module")
def said(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Said:
    async def whole() -> Said:
        async with own_database(parts.database_url) as url:
            return await _lived(tmp_path_factory.mktemp("personal"), parts, url)

    return asyncio.run(whole())


def test_everything_that_can_refuse_did(said: Said) -> None:
    told = {(line["service"], line["event"]) for line in said.lines}
    assert told >= {
        ("ingest", "accepted"),
        ("ingest", "refused"),
        ("alerting", "case opened"),
        ("alerting", "notification given up"),
        ("profile-sync", "preference noted"),
        ("profile-sync", "push parked"),
        *((service, "dead-lettered") for service in ("scoring", "alerting", "profile-sync")),
        *((service, "request failed") for service in ("scoring", "alerting", "profile-sync")),
    }
    assert Counter(letter["dlq_reason"] for _, letter in said.letters).keys() == {
        "undecodable",
        "unknown-type",
        "invalid",
        "not-applicable",
    }


def test_no_line_names_anybody(said: Said) -> None:
    lines = [f"{service}: {line}" for service, log in said.logs.items() for line in log.splitlines()]
    assert [line for line in lines if PERSONAL.search(line)] == []


def test_no_span_names_anybody(said: Said) -> None:
    spans = [raw.decode("latin-1") for raw in said.spans]
    assert "notify webhook" in "".join(spans)
    assert [PERSONAL.findall(raw) for raw in spans if PERSONAL.search(raw)] == []


def test_no_metric_names_anybody(said: Said) -> None:
    assert [line for page in said.metrics.values() for line in page.splitlines() if PERSONAL.search(line)] == []


def test_what_a_dead_letter_says_it_is_names_nobody(said: Said) -> None:
    assert [letter for _, letter in said.letters if PERSONAL.search(str(letter))] == []
    assert [key for key in said.keys if PERSONAL.search(key.decode())] == []


def test_the_digest_of_a_request_and_of_an_event_is_the_same_in_every_service(said: Said) -> None:
    for service, event_ in (
        ("ingest", "accepted"),
        ("alerting", "case opened"),
        ("alerting", "notification given up"),
        ("profile-sync", "preference noted"),
        ("profile-sync", "push parked"),
    ):
        assert said.line(service, event_)["request_id"] == opaque(REQUEST), event_
    assert said.line("ingest", "accepted")["ids"] == [opaque(EVENT)]
    assert said.line("alerting", "case opened")["event_id"] == opaque(EVENT)
    assert said.line("profile-sync", "preference noted")["event_id"] == opaque(EVENT)
