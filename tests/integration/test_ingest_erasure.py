"""Who asked to be forgotten is in no piece of a contact any more, and never again; and HubSpot asks in their name."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

import ingest
from events import codec
from events.customer import CustomerErased
from events.envelope import Event
from events.interaction import Interaction
from events.runtime.api_keys import Keyring, new_key
from events.runtime.database import create_engine
from events.runtime.errors import Unavailable
from events.runtime.memory import MemoryBroker, MemoryPublisher
from events.runtime.migrate import upgrade
from events.survey import SurveyResponse
from events.topics import TOPICS
from ingest.api.webhooks import Kept
from ingest.app import create_app
from ingest.core.breaker import Breaker
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.sources.snapshot import Configured, Sources
from ingest.store.contacts import Contacts
from ingest.store.log import Store
from ingest.store.queue import Queue
from ingest.vendors import hubspot
from ingest.vendors.node import build
from ingest.vendors.outcome import Context, Fact, Part, Said
from ingest.vendors.vendor import Vendor
from support import signing
from support.rows import whole

SCHEMA = "ingest"
MIGRATIONS = Path(ingest.__path__[0]) / "migrations"
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NOW = START + timedelta(hours=1)
PUBLIC_URL = "https://amends.example.com"
PBX = Source(name="pbx", vendor="pieces")
HUB = Source(name="hub", vendor="hubspot")
WHO = "cus-canary"


def assemble(name: str, facts: Mapping[str, Fact], revision: int, source: Source) -> Interaction | None:
    values: dict[str, Any] = {key: fact.value for key, fact in facts.items()}
    return build(Interaction, "", {"interaction_id": name, "revision": revision, "channel": "phone", **values})


PIECES = Vendor("pieces", "Pieces", (Format.JSON,), read=lambda *_: [], assemble=assemble)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, SCHEMA, pool_size=10)
    await upgrade(engine, SCHEMA, MIGRATIONS)
    yield engine
    await engine.dispose()


@pytest.fixture
def contacts(engine: AsyncEngine) -> Contacts:
    return Contacts(engine)


def part(contact: str, minutes: int = 0, /, **facts: str | float) -> Part:
    return Part("", contact, {"offered_at": START.isoformat(), **facts}, START + timedelta(minutes=minutes))


async def told(contacts: Contacts, *parts: Part, source: Source = PBX) -> list[Interaction]:
    said = await contacts.assemble(PIECES, source, parts)
    return [each.data for each in said if isinstance(each.data, Interaction)]


async def kept(engine: AsyncEngine) -> str:
    return "\n".join((await whole(engine, SCHEMA)).values())


async def test_the_pieces_of_a_contact_stay_without_who_it_was_with(contacts: Contacts, engine: AsyncEngine) -> None:
    await told(contacts, part("7", customer_id=WHO, team="billing"), part("8", customer_id=f"{WHO}-2", reason=WHO))
    await contacts.erase([("default", WHO)])
    (seven,) = await told(contacts, part("7", 1, agent="a-1"))
    assert (seven.customer_id, seven.team, seven.agent, seven.revision) == (None, "billing", "a-1", 3)
    (eight,) = await told(contacts, part("8", 1))
    assert (eight.customer_id, eight.reason) == (f"{WHO}-2", None)
    assert f'"{WHO}"' not in await kept(engine)


async def test_an_id_with_signs_of_a_pattern_erases_nobody_else(contacts: Contacts, engine: AsyncEngine) -> None:
    await told(contacts, part("7", customer_id="cus_1"), part("8", customer_id="cus-1"), part("9", customer_id="CUS_1"))
    await contacts.erase([("default", "cus_1")])
    left = await kept(engine)
    assert ('"cus_1"' in left, '"cus-1"' in left, '"CUS_1"' in left) == (False, True, True)


async def test_another_tenants_customer_of_the_same_id_stays(contacts: Contacts) -> None:
    theirs = PBX.model_copy(update={"tenant": "acme"})
    await told(contacts, part("7", customer_id=WHO), source=theirs)
    await contacts.erase([("default", WHO)])
    (found,) = await told(contacts, part("7", 1, team="x"), part("7", 2, customer_id=WHO), source=theirs)
    assert found.customer_id == WHO


async def test_a_piece_that_comes_later_is_nobodys(contacts: Contacts, engine: AsyncEngine) -> None:
    await contacts.erase([("default", WHO)])
    await contacts.erase([("default", WHO)])
    (found,) = await told(contacts, part("7", customer_id=WHO, team="billing"))
    assert (found.customer_id, found.team) == (None, "billing")
    assert WHO not in await kept(engine)


async def test_pieces_that_come_meanwhile_leave_nobody_behind(contacts: Contacts, engine: AsyncEngine) -> None:
    for number in range(20):
        who = f"{WHO}-{number}"
        pieces = [contacts.assemble(PIECES, PBX, [part(f"{number}-{each}", customer_id=who)]) for each in range(4)]
        await asyncio.gather(*pieces[:2], contacts.erase([("default", who)]), *pieces[2:])
        assert who not in await kept(engine)


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker({topic.name: topic.partitions for topic in TOPICS})


ERASER = new_key(("erasure:write",))
ROUTES: dict[str, tuple[str, Any, str]] = {
    "plain": ("/v1/customers-erased", {"customer_id": WHO, "requested_at": START.isoformat()}, "application/json"),
    "CloudEvents": (
        "/v1/events",
        {
            "specversion": "1.0", "id": "e-1", "source": "/crm", "type": "customer.erased",
            "data": {"customer_id": WHO, "requested_at": START.isoformat()},
        },
        "application/cloudevents+json",
    ),
}  # fmt: skip


def client(broker: MemoryBroker, engine: AsyncEngine, source: Source = HUB) -> httpx.AsyncClient:
    configured = [Configured(source, hubspot.VENDOR, (SecretStr(signing.SECRET),))]
    sources = Sources(configured, PUBLIC_URL)
    app = create_app(
        Store(MemoryPublisher(broker), Breaker()),
        Keyring([ERASER.kept]),
        sources=lambda: sources,
        kept=Kept(Contacts(engine), Queue(engine)),
        clock=lambda: NOW,
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest")


def events(broker: MemoryBroker) -> list[Event[Any]]:
    return [codec.decode(record.headers, record.value) for log in broker.logs.values() for record in log]


@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES.keys())
async def test_whoever_is_erased_over_http_is_erased_here_too(
    contacts: Contacts, engine: AsyncEngine, broker: MemoryBroker, route: tuple[str, Any, str]
) -> None:
    await told(contacts, part("7", customer_id=WHO))
    path, body, kind = route
    async with client(broker, engine) as http:
        headers = {"Authorization": f"Bearer {ERASER.secret}", "Content-Type": kind}
        assert (await http.post(path, content=json.dumps(body), headers=headers)).status_code == 202
    assert WHO not in await kept(engine)
    assert [event.type for event in events(broker)] == ["customer.erased"]


async def test_while_the_database_is_away_nobody_is_told_that_it_is_done(
    engine: AsyncEngine, broker: MemoryBroker, database_url: str
) -> None:
    away = create_engine("postgresql://nobody@127.0.0.1:9/nothing", SCHEMA)
    async with client(broker, away) as http:
        headers = {"Authorization": f"Bearer {ERASER.secret}", "Content-Type": "application/json"}
        answer = await http.post("/v1/customers-erased", json=ROUTES["plain"][1], headers=headers)
    await away.dispose()
    assert answer.status_code == 503
    assert events(broker) == []


def deletion(contact: int, **more: Any) -> bytes:
    return json.dumps(
        [
            {
                "eventId": 1, "subscriptionId": 41, "portalId": 4711, "objectId": contact, "attemptNumber": 0,
                "occurredAt": round(START.timestamp() * 1000), "subscriptionType": "contact.privacyDeletion", **more,
            }
        ]
    ).encode()  # fmt: skip


async def post_signed(http: httpx.AsyncClient, body: bytes, *, secret: str = signing.SECRET) -> httpx.Response:
    scheme = hubspot.VENDOR.signatures[Format.JSON]
    posted = signing.signed(scheme, PUBLIC_URL, "/v1/webhooks/hub", body, "application/json", NOW, secret=secret)
    return await http.post(posted.path, content=posted.body, headers=dict(posted.headers))


async def test_hubspots_deletion_erases_the_customer_under_whom_its_answers_are_kept(
    engine: AsyncEngine, broker: MemoryBroker
) -> None:
    reading = hubspot.VENDOR.enrichment
    assert reading is not None
    given = {"hs_survey_id": "3", "hs_survey_type": "CSAT", "hs_value": "2", "hs_contact_id": "70015"}
    document = {"id": "9", "properties": given, "updatedAt": START.isoformat()}
    (said,) = reading.read(document, {"object": "9"}, HUB, Context(NOW))
    assert isinstance(said, Said)
    assert isinstance(said.data, SurveyResponse)
    async with client(broker, engine) as http:
        answer = await post_signed(http, deletion(70015))
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    (erased,) = events(broker)
    assert isinstance(erased.data, CustomerErased)
    assert erased.data.customer_id == said.data.customer_id == "70015"
    answer_event = Event("e", "hub", erased.tenant, NOW, NOW, said.data)
    assert codec.key(erased) == codec.key(answer_event)


async def test_what_hubspot_did_not_sign_erases_nobody(engine: AsyncEngine, broker: MemoryBroker) -> None:
    async with client(broker, engine) as http:
        answer = await post_signed(http, deletion(70015), secret="whsec_YW5vdGhlci1zZWNyZXQtb2YtMjQtYnl0ZXMtbG9uZw==")
    assert answer.status_code == 401
    assert events(broker) == []


async def test_contacts_of_a_source_without_a_database_are_erased_by_the_others_alone(broker: MemoryBroker) -> None:
    app = create_app(Store(MemoryPublisher(broker), Breaker()), Keyring([ERASER.kept]), clock=lambda: NOW)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest") as http:
        headers = {"Authorization": f"Bearer {ERASER.secret}"}
        answer = await http.post("/v1/customers-erased", json=ROUTES["plain"][1], headers=headers)
    assert answer.status_code == 202


async def test_erasing_raises_unavailable_where_the_database_is_away() -> None:
    away = create_engine("postgresql://nobody@127.0.0.1:9/nothing", SCHEMA)
    with pytest.raises(Unavailable):
        await Contacts(away).erase([("default", WHO)])
    await away.dispose()
