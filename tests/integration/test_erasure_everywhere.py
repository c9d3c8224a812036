"""A customer asks HubSpot to be forgotten, and nothing of them is left anywhere: every table of every service, the CRM
as far as it holds ours, metrics, logs; nor does a replay of all topics bring anything back.

Kept on purpose: a digest of the id, in each service's ``erased_customer``; what a person wrote into the CRM; and the
records in Kafka until their retention ends, which is why the replay must find nobody.
"""

import asyncio
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from ingest.core.formats import Format
from ingest.vendors import hubspot
from support import signing
from support.happened import stamp
from support.services import House, house
from support.until import until

CRM_TOKEN = "the token of the crm"
PUBLIC_URL = "https://amends.example.com"
CONTACT = 700158841123
"""HubSpot's id of the contact, which is our customer id."""
WHO = str(CONTACT)
NAME, MAIL, PHONE, WORD = "Xanthippe Quill", "xq@canary.example", "7700900471", "zyzzogeton"
CANARIES = (WHO, NAME, MAIL, PHONE, WORD)
REMARK = f"I am {NAME}, {WORD}! This was a bad day. You have {MAIL} and +44{PHONE}."
SPOKEN = f"{REMARK} Please speak to me in Bengali only."
SCHEMAS = {"ingest": "ingest", "scoring": "scoring", "alerting": "alerting", "profile-sync": "profile_sync"}
READERS = ("scoring", "alerting", "profile-sync")

pytestmark = pytest.mark.timeout(400)


@dataclass
class World:
    """Everything there is, and where to look."""

    rooms: House
    database: asyncpg.Connection

    async def leaks(self, canaries: Collection[str] = CANARIES) -> list[str]:
        """The tables of our services that hold any of them, in whatever column."""
        tables = await self.database.fetch(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_schema = ANY($1) AND table_type = 'BASE TABLE'",
            list(SCHEMAS.values()),
        )
        assert {row["table_schema"] for row in tables} == set(SCHEMAS.values())
        found = []
        for schema, table in tables:
            rows = await self.database.fetch(f'SELECT CAST(t AS text) FROM "{schema}"."{table}" AS t')
            if any(canary in row[0] for row in rows for canary in canaries):
                found.append(f"{schema}.{table}")
        return sorted(found)

    async def crm(self) -> dict[str, Any]:
        """The fields of their profile."""
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {CRM_TOKEN}"}) as client:
            answer = await client.get(f"{self.rooms['demo-crm'].url}/profiles/{WHO}")
        return {} if answer.status_code == 404 else dict(answer.json()["fields"])

    async def edit(self, **fields: Any) -> None:
        """As a person does it in the CRM."""
        headers = {"Authorization": f"Bearer {CRM_TOKEN}", "If-Match": "*"}
        async with httpx.AsyncClient(headers=headers) as client:
            url = f"{self.rooms['demo-crm'].url}/profiles/{WHO}"
            assert (await client.patch(url, json={"fields": fields})).status_code == 200

    async def said(self) -> str:
        """Metrics and logs of every service."""
        told = []
        async with httpx.AsyncClient() as client:
            for name in SCHEMAS:
                told.append((await client.get(f"{self.rooms[name].url}/metrics")).text)
                told.append(self.rooms[name].log.read_text())
        return "\n".join(told)

    async def act(self, case_id: str, action: str, **said: Any) -> None:
        async with httpx.AsyncClient(headers=self.rooms.headers) as client:
            url = f"{self.rooms['alerting'].url}/v1/cases/{case_id}"
            version = (await client.get(url)).json()["case"]["version"]
            answer = await client.post(f"{url}/{action}", json={"by": "Dana", "version": version, **said})
            assert answer.status_code == 200, answer.text

    async def caught_up(self) -> None:
        await asyncio.gather(*(self.rooms.caught_up(name) for name in READERS))

    async def settled(self) -> None:
        """What was heard has been told on, and that was heard as well."""
        await self.caught_up()
        await until(self._nothing_waits, "every note to be announced", seconds=60)
        await self.caught_up()

    async def _nothing_waits(self) -> bool:
        return await self.database.fetchval("SELECT count(*) FROM profile_sync.announcement") == 0


def sources(directory: Path) -> dict[str, str]:
    (directory / "secrets").mkdir()
    (directory / "secrets" / "hub-secret").write_text(signing.SECRET)
    (directory / "secrets" / "hub-token").write_text("nobody answers there")
    (directory / "sources.yaml").write_text(f"""
public_url: {PUBLIC_URL}
sources:
  - name: hub
    vendor: hubspot
    secrets: [hub-secret]
    api: {{base_url: 'http://127.0.0.1:9', token: hub-token}}
  - name: connect
    vendor: amazon_connect
    fields: {{customer_id: Attributes.crm_id}}
""")
    return {
        "INGEST_SOURCES_FILE": str(directory / "sources.yaml"),
        "INGEST_SECRETS_DIR": str(directory / "secrets"),
    }


@pytest.fixture
async def world(tmp_path: Path, topics: str, database_url: str) -> Any:
    async with house(tmp_path, topics, database_url) as rooms:
        crm = await rooms.add("demo-crm", DEMO_CRM_TOKEN=CRM_TOKEN)
        await asyncio.gather(
            rooms.add("ingest", **sources(tmp_path)),
            rooms.add("scoring", SCORING_EXPORT_SECONDS="0.5", KAFKA_SESSION_SECONDS="6"),
            rooms.add("alerting", KAFKA_SESSION_SECONDS="6"),
            rooms.add(
                "profile-sync",
                PROFILE_SYNC_CRM_URL=f"{crm.url}/profiles/{{customer_id}}",
                PROFILE_SYNC_CRM_TOKEN=CRM_TOKEN,
                PROFILE_SYNC_RECHECK_SECONDS="2",
                KAFKA_SESSION_SECONDS="6",
            ),
        )
        database = await asyncpg.connect(database_url)
        yield World(rooms, database)
        await database.close()


def contact(name: str, now: datetime, **more: Any) -> dict[str, Any]:
    offered = now - timedelta(minutes=5)
    return {
        "interaction_id": name,
        "channel": "phone",
        "team": "billing",
        "agent": "a-17",
        "customer_id": WHO,
        "reason": "invoice",
        "offered_at": stamp(offered),
        "answered_at": stamp(offered + timedelta(seconds=12)),
        "ended_at": stamp(offered + timedelta(seconds=132)),
        "talk_seconds": 120,
        **more,
    }


def answer(name: str, value: int, now: datetime, **said: Any) -> dict[str, Any]:
    return {
        "response_id": f"resp-{name}",
        "customer_id": WHO,
        "instrument": "csat",
        "scale": "1-5",
        "value": value,
        "submitted_at": stamp(now),
        "comment": REMARK,
        **said,
    }


def call(now: datetime) -> list[dict[str, Any]]:
    """Of Amazon Connect: a contact that is kept in pieces."""
    times = [f"{now - timedelta(minutes=10 - each):%Y-%m-%dT%H:%M:%SZ}" for each in range(6)]
    return [
        {
            "AWSContactTraceRecordFormatVersion": "2017-03-10",
            "Attributes": {"crm_id": WHO},
            "Channel": "VOICE",
            "ContactId": "c0ffee00-0000-4000-8000-000000000006",
            "InitialContactId": None,
            "PreviousContactId": None,
            "NextContactId": None,
            "InitiationMethod": "INBOUND",
            "InitiationTimestamp": times[0],
            "DisconnectTimestamp": times[3],
            "LastUpdateTimestamp": times[4],
            "Agent": None,
            "Queue": {
                "ARN": "arn:aws:connect:eu-central-1:210987654321:instance/x/queue/care",
                "Name": "Care",
                "EnqueueTimestamp": times[1],
                "DequeueTimestamp": times[2],
                "Duration": 60,
            },
        }
    ]


async def hubspot_says(world: World, kind: str, object_id: int, **more: Any) -> httpx.Response:
    now = datetime.now(UTC)
    event = {
        "eventId": 1,
        "subscriptionId": 41,
        "portalId": 4711,
        "occurredAt": round(now.timestamp() * 1000),
        "subscriptionType": kind,
        "attemptNumber": 0,
        "objectId": object_id,
        **more,
    }
    scheme, body = hubspot.VENDOR.signatures[Format.JSON], json.dumps([event]).encode()
    posted = signing.signed(scheme, PUBLIC_URL, "/v1/webhooks/hub", body, "application/json", now)
    async with httpx.AsyncClient(base_url=world.rooms["ingest"].url) as client:
        return await client.post(posted.path, content=posted.body, headers=dict(posted.headers))


PREFERENCES = [
    {"kind": "do_not_contact", "value": "phone"},
    {"kind": "language", "value": "bn"},
    {"kind": "interest", "value": f"{WORD} pumps"},
    {"kind": "note", "value": f"Ask for {NAME}"},
]


async def lived_through(world: World) -> None:
    """Everything that may leave something of a customer somewhere has happened to them."""
    now, post = datetime.now(UTC), world.rooms.post
    for path, body in (
        ("/v1/interactions", [contact("i-1", now), contact("i-2", now), contact("i-3", now, channel="chat")]),
        ("/v1/surveys-sent", {"survey_id": "s-1", "interaction_id": "i-1", "customer_id": WHO, "sent_at": stamp(now)}),
        ("/v1/webhooks/connect", call(now)),
        ("/v1/survey-responses", answer("bad", 1, now, interaction_id="i-1", preferences=PREFERENCES)),
        ("/v1/survey-responses", answer("worse", 1, now, interaction_id="i-2", comment=SPOKEN)),
        ("/v1/survey-responses", answer("nameless", 2, now, interaction_id="i-3", customer_id=None)),
        ("/v1/survey-responses", answer("praise", 5, now, agent="a-17", team="billing", channel="phone")),
        (
            "/v1/mentions",
            {
                "mention_id": "m-1", "network": "forum", "author": NAME, "text": REMARK, "sentiment": "negative",
                "url": f"https://forum.test/{WORD}", "customer_id": WHO, "published_at": stamp(now),
            },
        ),
    ):  # fmt: skip
        reply = await post(path, body)
        assert reply.status_code in (200, 202), reply.text
    assert (await hubspot_says(world, "object.creation", 9001, objectTypeId="0-19")).status_code == 202
    await world.settled()
    await until(lambda: _cases(world, 4), "a case for each of what was bad", seconds=60)
    first, second = [each["id"] for each in (await world.rooms.get("alerting", "/v1/cases"))["cases"]][:2]
    await world.act(first, "claim")
    await world.act(first, "note", note=f"{NAME} wants {MAIL}")
    await world.act(first, "attempt", result="no_answer", note=f"rang +44{PHONE}")
    await world.act(first, "contacted", note=f"spoke to {NAME}")
    await world.act(first, "close", outcome="not_recovered", cause="workflow", remedy=f"wrote to {MAIL}")
    await world.act(second, "claim")
    await world.act(second, "attempt", result="busy", note=f"rang +44{PHONE}")
    await world.settled()

    async def synced() -> bool:
        return (await world.crm()).get("do_not_contact_phone", {}).get("value") is True

    await until(synced, "the CRM to hold what they prefer", seconds=60)
    await world.edit(tier="gold", language="fr")


async def _cases(world: World, count: int) -> bool:
    return len((await world.rooms.get("alerting", "/v1/cases"))["cases"]) >= count


WHERE_IT_WAS = {
    "ingest.contact",
    "scoring.remark",
    "alerting.assessment",
    "alerting.call_attempt",
    "alerting.contact",
    "alerting.noted_preference",
    "alerting.recovery_case",
    "alerting.timeline",
    "profile_sync.contact",
    "profile_sync.crm_field",
    "profile_sync.crm_push",
    "profile_sync.note",
}


async def gone(world: World) -> None:
    """Wait until nothing is left; where something is, say where."""
    left: list[str] = ["not looked yet"]

    async def none_left() -> bool:
        left[:] = [*await world.leaks(), *(f"CRM: {name}" for name in await world.crm() if name not in KEPT)]
        return not left

    try:
        await until(none_left, "nothing of them to be left", seconds=60)
    except AssertionError:
        pytest.fail(f"still there: {left}")


KEPT = {"tier": "gold", "language": "fr"}
"""What a person wrote into the CRM."""


async def test_whoever_asks_to_be_forgotten_is_forgotten_everywhere(world: World) -> None:
    await lived_through(world)
    before = set(await world.leaks())
    assert before >= WHERE_IT_WAS, f"this proves nothing: nothing was ever in {WHERE_IT_WAS - before}"
    print(f"it was in {sorted(before)}")

    erased = await hubspot_says(world, "contact.privacyDeletion", CONTACT)
    assert (erased.status_code, erased.json()["accepted"]) == (202, 1)
    await world.caught_up()
    await gone(world)
    assert await world.crm() == KEPT

    # A service that comes up again from the beginning of every topic finds nobody, whether it knows of the erasure …
    for name in READERS:
        await world.rooms[name].stop()
        await world.database.execute(f"TRUNCATE {SCHEMAS[name]}.stream_offset, {SCHEMAS[name]}.inbox")
        await world.rooms[name].start()
    await world.settled()
    await gone(world)
    # … or has lost that too, with all that it had: then only the topic says so.
    for name in READERS:
        await world.rooms[name].stop()
        await world.database.execute(f"DROP SCHEMA {SCHEMAS[name]} CASCADE")
    for name in READERS:
        await world.rooms.add(name, **world.rooms[name].environ)
    await world.settled()
    await gone(world)
    assert await world.crm() == KEPT

    # What they say after all is nobody's.
    now = datetime.now(UTC)
    for path, body in (
        ("/v1/interactions", contact("i-9", now)),
        ("/v1/survey-responses", answer("late", 1, now, interaction_id="i-9", preferences=PREFERENCES)),
        ("/v1/survey-responses", answer("later", 1, now, interaction_id="i-9", customer_id=None)),
        ("/v1/webhooks/connect", call(now)),
    ):
        assert (await world.rooms.post(path, body)).status_code in (200, 202)
    await world.settled()
    await gone(world)
    assert [each["state"] for each in (await world.rooms.get("alerting", "/v1/cases"))["cases"]].count("open") == 0
    said = await world.said()
    assert [canary for canary in CANARIES if canary in said] == []

    # And this would have been seen.
    await world.database.execute("CREATE TABLE alerting.overlooked (words text)")
    await world.database.execute("INSERT INTO alerting.overlooked VALUES ($1)", f"call {NAME}")
    assert await world.leaks() == ["alerting.overlooked"]
