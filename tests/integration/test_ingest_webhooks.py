"""Every vendor's deliveries over HTTP, as signed as the vendor signs them, into a log, on a real PostgreSQL."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

import ingest
from events import codec
from events.runtime.api_keys import Keyring, new_key
from events.runtime.database import create_engine
from events.runtime.memory import MemoryBroker, MemoryPublisher
from events.runtime.migrate import upgrade
from events.topics import TOPICS
from ingest.api.webhooks import Kept
from ingest.app import create_app
from ingest.core.breaker import Breaker
from ingest.core.signing_input import Timestamp
from ingest.sources.snapshot import Configured, Proof, Sources, proof, schemes
from ingest.store.contacts import Contacts
from ingest.store.log import Store
from ingest.store.queue import Queue
from ingest.vendors.delivery import format_of
from support import golden, signing
from support.golden import Case, Delivery

PUBLIC_URL = "https://amends.example.com"
CASES = golden.cases()
UNSIGNED = [
    case.name
    for case in CASES
    if case.vendor.name == "qualtrics" and any(b"MSG=" not in each.raw for each in case.deliveries)
]
# Qualtrics may also post without any signature; that form is refused here.
FIRST = {case.vendor.name: case for case in reversed(CASES) if case.name not in UNSIGNED}
SIGNED = [case for case in FIRST.values() if proof(case.source, case.vendor) is Proof.SIGNATURE]
KEYED = [case for case in FIRST.values() if proof(case.source, case.vendor) is Proof.KEY]
DATED = [
    case
    for case in SIGNED
    if any(isinstance(p, Timestamp) for s in schemes(case.source, case.vendor).values() for p in s.over)
]
OTHER_SECRET = "whsec_YW5vdGhlci1zZWNyZXQtb2YtMjQtYnl0ZXMtbG9uZw=="


@dataclass
class Centre:
    """Ingest with one source, and what came of posting to it."""

    case: Case
    configured: Configured
    app: ASGIApp
    http: httpx.AsyncClient
    broker: MemoryBroker
    key: str
    others_key: str

    @property
    def path(self) -> str:
        return f"/v1/webhooks/{self.case.source.name}"

    async def post(self, delivered: Delivery, *, secret: str = signing.SECRET, late: timedelta = timedelta()) -> Any:
        kind = delivered.content_type
        headers = dict(delivered.headers)
        if self.configured.proof is Proof.SIGNATURE:
            scheme = self.configured.signatures[format_of(self.case.vendor, kind)]
            now = self.case.received + late
            try:
                posted = signing.signed(scheme, PUBLIC_URL, self.path, delivered.raw, kind, now, secret=secret)
            except ValueError:
                pytest.skip("it has nothing of what is signed: such a delivery is refused")
            return await self.http.post(posted.path, content=posted.body, headers={**headers, **posted.headers})
        if self.configured.proof is Proof.KEY:
            headers["Authorization"] = f"Bearer {self.key}"
        return await self.http.post(self.path, content=delivered.raw, headers={**headers, "Content-Type": kind})

    def events(self) -> list[Any]:
        return [codec.decode(record.headers, record.value) for log in self.broker.logs.values() for record in log]


async def centre_of(case: Case, database_url: str) -> AsyncIterator[Centre]:
    engine = create_engine(database_url, "ingest")
    await upgrade(engine, "ingest", Path(ingest.__file__).parent / "migrations")
    broker = MemoryBroker({topic.name: topic.partitions for topic in TOPICS})
    own = new_key(("events:write",), tenant=case.source.tenant, sources=case.source.voices)
    other = new_key(("events:write",), tenant=case.source.tenant, sources=("somebody-else",))
    source = case.source.model_copy(update={"allow_from": ()})
    configured = Configured(source, case.vendor, (SecretStr(signing.SECRET),))
    sources = Sources([configured], PUBLIC_URL)
    app = create_app(
        Store(MemoryPublisher(broker), Breaker()),
        Keyring((own.kept, other.kept)),
        sources=lambda: sources,
        kept=Kept(Contacts(engine), Queue(engine)),
        clock=lambda: case.received,
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest") as http:
        yield Centre(case, configured, app, http, broker, own.secret, other.secret)
    await engine.dispose()


@pytest.fixture
async def centre(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Centre]:
    async for found in centre_of(request.param, database_url):
        yield found


def of(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("centre", cases, indirect=True, ids=lambda case: case.name)


@of(CASES)
async def test_what_a_vendor_posts_becomes_the_events_that_its_golden_file_names(centre: Centre) -> None:
    for delivered in centre.case.deliveries:
        answer = await centre.post(delivered)
        wanted = centre.case.vendor.answer
        assert answer.status_code == (wanted.status if wanted else 202), answer.text
    said = [said for delivered in centre.case.deliveries for said in delivered.says]
    found = {event.id: event for event in centre.events()}
    assert {each["id"] for each in said if "event" in each} <= found.keys()
    assert all(
        event.source == centre.case.source.voices[0] for event in found.values() if centre.case.vendor.name != "generic"
    )
    newest: dict[str, Any] = {}
    for event in centre.events():
        if event.type == "interaction.reported" and event.data.interaction_id in centre.case.contacts:
            newest[event.data.interaction_id] = event.data
    for name, snapshot in centre.case.contacts.items():
        data = newest[name].model_dump(mode="json", exclude_defaults=True)
        assert {key: value for key, value in data.items() if key != "revision"} == snapshot


@of(CASES)
async def test_the_same_delivery_again_is_the_same_events(centre: Centre) -> None:
    for delivered in centre.case.deliveries:
        await centre.post(delivered)
    before = {(event.id, json.dumps(event.data.model_dump(mode="json"))) for event in centre.events()}
    for delivered in centre.case.deliveries:
        await centre.post(delivered)
    after = {(event.id, json.dumps(event.data.model_dump(mode="json"))) for event in centre.events()}
    assert after == before


@of(SIGNED)
async def test_another_secret_is_refused(centre: Centre) -> None:
    answer = await centre.post(centre.case.deliveries[0], secret=OTHER_SECRET)
    assert answer.status_code == 401
    assert centre.events() == []


@of(SIGNED)
async def test_an_altered_body_is_refused(centre: Centre) -> None:
    delivered = centre.case.deliveries[0]
    scheme = centre.configured.signatures[format_of(centre.case.vendor, delivered.content_type)]
    kind, now = delivered.content_type, centre.case.received
    posted = signing.signed(scheme, PUBLIC_URL, centre.path, delivered.raw, kind, now)
    altered = posted.body.replace(b"1", b"2").replace(b"a", b"b")
    assert altered != posted.body
    answer = await centre.http.post(posted.path, content=altered, headers=dict(posted.headers))
    assert answer.status_code == 401
    assert centre.events() == []


@of(DATED)
@pytest.mark.parametrize("late", [timedelta(seconds=-301), timedelta(seconds=301)], ids=["old", "future"])
async def test_where_the_time_is_signed_an_old_and_a_future_one_are_refused(centre: Centre, late: timedelta) -> None:
    assert (await centre.post(centre.case.deliveries[0], late=late)).status_code == 401
    assert (await centre.post(centre.case.deliveries[0], late=late * (300 / 301))).status_code < 300


@of(SIGNED)
async def test_an_api_key_does_not_stand_in_for_a_signature(centre: Centre) -> None:
    delivered = centre.case.deliveries[0]
    headers = {"Content-Type": delivered.content_type, "Authorization": f"Bearer {centre.key}"}
    assert (await centre.http.post(centre.path, content=delivered.raw, headers=headers)).status_code == 401


@of(KEYED)
async def test_without_a_key_of_the_source_nothing_is_taken(centre: Centre) -> None:
    delivered = centre.case.deliveries[0]
    headers = {"Content-Type": delivered.content_type}
    assert (await centre.http.post(centre.path, content=delivered.raw, headers=headers)).status_code == 401
    headers["Authorization"] = f"Bearer {centre.others_key}"
    assert (await centre.http.post(centre.path, content=delivered.raw, headers=headers)).status_code == 403
    assert centre.events() == []


@of([case for case in FIRST.values() if case.vendor.enrichment is not None])
async def test_what_is_only_announced_is_taken_while_kafka_is_away(centre: Centre) -> None:
    centre.broker.away = True
    announced = [each for each in centre.case.deliveries if all("fetch" in said for said in each.says)]
    answers = [await centre.post(delivered) for delivered in announced for _ in range(3)]
    assert {answer.status_code for answer in answers} == {202}


@of(list(FIRST.values()))
async def test_a_type_of_body_that_the_vendor_does_not_post_is_refused(centre: Centre) -> None:
    answer = await centre.http.post(centre.path, content=b"x", headers={"Content-Type": "image/png"})
    assert answer.status_code == 415
    assert "Accept-Post" in answer.headers


@of(list(FIRST.values())[:1])
async def test_head_says_whether_there_is_such_a_source(centre: Centre) -> None:
    assert (await centre.http.head(centre.path)).status_code == 200
    assert (await centre.http.head("/v1/webhooks/nobody")).status_code == 404
    assert (await centre.http.get(centre.path)).status_code == 405
