"""Every golden file of every vendor over HTTP, PostgreSQL and Kafka into scoring, in five manners at once.

However it comes — as it is, shuffled, doubled, in part, edited — the numbers are those recomputed from the files.
What the vendors only announce is fetched from servers that have what the files say their APIs answer.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import asyncpg
import httpx
import pytest
import yaml

from events.runtime import plain_yaml
from events.runtime.api_keys import SCOPES, dump, new_key
from ingest.sources.snapshot import Proof, path, proof, schemes
from ingest.vendors import delivery
from support import golden, signing, vendor_api
from support.golden import FOLDER, Case, Delivery
from support.services import House, house
from support.until import until

PUBLIC_URL = "https://amends.example.com"
EVER = {"from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
AT_ONCE = 8


@dataclass(frozen=True)
class Edit:
    """A delivery told again later with something else in it.

    Attributes:
        of: the delivery's number in its case.
        raw: what stands in it, and what instead; in what is fetched too.
        data: what that changes in the event it says, or in the one that is fetched.
        contacts: what it changes in every contact of the case.
    """

    of: int
    raw: Mapping[str, str]
    data: Mapping[str, Any] = field(default_factory=dict)
    contacts: Mapping[str, Any] = field(default_factory=dict)


EDITS = {
    "zendesk/a-rating-that-flips": Edit(
        0,
        {
            "000000000012": "000000000099",
            "2026-03-02T13:00:05Z": "2026-03-02T14:00:00Z",
            '"score": "bad"': '"score": "good"',
        },
        {"updated_at": "2026-03-02T14:00:00Z", "value": "good"},
    ),
    "chatwoot/a-rating-that-changes": Edit(
        0,
        {"1772443860.0": "1772450000.0", '"rating": 2': '"rating": 5'},
        {"updated_at": "2026-03-02T11:13:20Z", "value": 5},
        {"resolved": True},  # as the conversation stands when it is rated again
    ),
    "salesforce/changed-and-sent-again": Edit(
        0,
        {"04l7Q000000n013QAA": "04l7Q000000n099QAA", "2026-03-03T10:00:01": "2026-03-04T11:00:00", ">4.0<": ">1.0<"},
        {"updated_at": "2026-03-04T11:00:00Z", "value": 1},
    ),
    "generic/bare": Edit(
        0,
        {'"updated_at": "2026-03-02T09:00:00Z"': '"updated_at": "2026-03-02T11:00:00Z"', '"value": 3': '"value": 8'},
        {"updated_at": "2026-03-02T11:00:00Z", "value": 8},
    ),
    "surveymonkey/completed": Edit(
        0,
        {"10009001": "10009099", "response_completed": "response_updated", "09:58:19": "10:58:19", "91002": "91005"},
        {"updated_at": "2026-03-02T10:58:19Z", "value": 5},
    ),
    "amazon_connect/answered": Edit(
        0,
        {'"AfterContactWorkDuration": 32': '"AfterContactWorkDuration": 95', "T09:03:24Z": "T10:03:24Z"},
        contacts={"wrap_seconds": 95.0},
    ),
    "genesys_cloud/wrapped_up_later": Edit(0, {}),  # what is old news by now changes nothing
}


def edited(case: Case, edit: Edit) -> Case:
    """The case with the delivery told again."""
    old = case.deliveries[edit.of]
    first = old.fetched["says"][0] if old.fetched else old.says[0]
    changed = {**first, "data": {**first["data"], **edit.data}} if "data" in first else first
    fetched = old.fetched and {"body": json.loads(_bent(json.dumps(old.fetched["body"]), edit)), "says": [changed]}
    says = [{**said, "id": f"{said['id']} edited"} for said in old.says] if fetched else [changed]
    new = Delivery(_bent(old.raw.decode(), edit).encode(), old.content_type, old.headers, says, fetched)
    assert not edit.raw or new.raw != old.raw
    contacts = {name: {**snapshot, **edit.contacts} for name, snapshot in case.contacts.items()}
    return replace(case, deliveries=[*case.deliveries, new], contacts=contacts)


def _bent(text: str, edit: Edit) -> str:
    for old, new in edit.raw.items():
        text = text.replace(old, new)
    return text


def in_part(case: Case, chance: random.Random) -> Case:
    """Some deliveries are lost. What the others say is in the file; what pieces make of it, only the adapter knows."""
    kept = [each for each in case.deliveries if chance.random() > 0.3]
    return replace(case, deliveries=kept, contacts=case.assembled([o for each in kept for o in case.read(each)]))


def shuffled(case: Case, chance: random.Random) -> Case:
    return replace(case, deliveries=chance.sample(case.deliveries, len(case.deliveries)))


MANNERS: dict[str, Callable[[Case, random.Random], Case]] = {
    "as-it-is": lambda case, _: case,
    "shuffled": shuffled,
    "doubled": lambda case, chance: shuffled(replace(case, deliveries=case.deliveries * 2), chance),
    "in-part": lambda case, chance: shuffled(in_part(case, chance), chance),
    "edited": lambda case, chance: shuffled(edited(case, EDITS[case.name]) if case.name in EDITS else case, chance),
}


# --- the numbers, from the files alone ---

SATISFIED: dict[str, Callable[[Any], bool]] = {
    "1-5": lambda value: value >= 4,
    "1-7": lambda value: value >= 6,
    "0-10": lambda value: value >= 9,
    "1-10": lambda value: value >= 9,
    "1-3": lambda value: value == 3,
    "0-2": lambda value: value == 2,
    "0-1": lambda value: value >= 0.8,
    **dict.fromkeys(("good-bad", "thumbs", "yes-no"), lambda value: value in (True, "good", "up", "yes")),
}


def events(case: Case) -> list[tuple[str, dict[str, Any]]]:
    """(type, data) of each event that the case names."""
    said = [each for delivered in case.deliveries for each in delivered.says]
    said += [each for delivered in case.deliveries if delivered.fetched for each in delivered.fetched["says"]]
    found = [(each["event"], each["data"]) for each in said if "event" in each]
    return found + [
        ("interaction.reported", {"interaction_id": name, **snapshot}) for name, snapshot in case.contacts.items()
    ]


def newest(cases: Iterable[Case], type_: str, name: str) -> list[dict[str, Any]]:
    """The newest version of each thing. An answer's id begins with its source, so it is one within its case only."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for case in cases:
        for type_of_this, data in events(case):
            key = (case.name if name == "response_id" else "", str(data.get(name)))
            if type_of_this == type_ and (key not in found or version(data) > version(found[key])):
                found[key] = data
    return list(found.values())


def version(data: Mapping[str, Any]) -> float:
    if "updated_at" in data:
        return datetime.fromisoformat(data["updated_at"]).timestamp()
    return float(data.get("revision", 0))


Numbers = dict[tuple[str, str], dict[str, tuple[float, int]]]
"""Metric and dimension → its value and sample size by key, as far as there is any."""

SHOWN = [
    *(("contact_volume", dimension) for dimension in ("channel", "team", "agent")),
    *((metric, "all") for metric in ("csat", "nps", "aht", "resolved_share", "abandonment")),
]


def recomputed(cases: Sequence[Case]) -> Numbers:
    contacts = newest(cases, "interaction.reported", "interaction_id")
    answers = [
        each
        for each in newest(cases, "survey.answered", "response_id")
        if each.get("status", "completed") == "completed"
    ]
    csat = [SATISFIED[each["scale"]](each["value"]) for each in answers if each["instrument"] == "csat"]
    nps = [(each["value"] >= 9) - (each["value"] <= 6) for each in answers if each["instrument"] == "nps"]
    handled = [each for each in contacts if "answered_at" in each and "talk_seconds" in each]
    seconds = [sum(each.get(f"{part}_seconds", 0) for part in ("talk", "hold", "wrap")) for each in handled]
    left = [each.get("abandoned", False) and not each.get("callback_queued") for each in contacts if queued(each)]
    found: Numbers = {("contact_volume", name): _counted(contacts, name) for name in ("channel", "team", "agent")}
    found["csat", "all"] = _mean(sum(csat), len(csat))
    found["nps", "all"] = {key: (value * 100, n) for key, (value, n) in _mean(sum(nps), len(nps)).items()}
    milliseconds = _mean(sum(round(each * 1000) for each in seconds), len(handled))
    found["aht", "all"] = {key: (value / 1000, n) for key, (value, n) in milliseconds.items()}
    resolved = [each["resolved"] for each in contacts if "resolved" in each]
    found["resolved_share", "all"] = _mean(sum(resolved), len(resolved))
    found["abandonment", "all"] = _mean(sum(left), len(left))
    return found


def queued(contact: Mapping[str, Any]) -> bool:
    inbound = contact.get("direction", "inbound") == "inbound"
    return inbound and ("answered_at" in contact or contact.get("abandoned") or contact.get("callback_queued", False))


def _counted(contacts: Sequence[Mapping[str, Any]], name: str) -> dict[str, tuple[float, int]]:
    return {key: (float(n), n) for key, n in Counter(each.get(name, "unattributed") for each in contacts).items()}


def _mean(total: int, n: int) -> dict[str, tuple[float, int]]:
    return {"": (total / n, n)} if n else {}


# --- contact centres, each with at most one case of a contact id, so that many vendors' numbers add up ---


@dataclass
class Centre:
    """A tenant. ``sources``: its cases by the name of the source that posts each."""

    tenant: str
    key: str
    sources: dict[str, Case] = field(default_factory=dict)

    @property
    def ids(self) -> set[str]:
        return {
            str(data["interaction_id"])
            for case in self.sources.values()
            for type_, data in events(case)
            if "interaction_id" in data
        }

    def takes(self, case: Case) -> bool:
        return self.ids.isdisjoint(Centre("", "", {"": case}).ids)


@dataclass
class World:
    """All centres, in every manner, and where ingest finds its sources and keys."""

    directory: Path
    chance: random.Random
    centres: list[Centre] = field(default_factory=list)

    def fill(self, cases: Sequence[Case]) -> None:
        keys = []
        for manner, told in MANNERS.items():
            own: list[Centre] = []
            for case in cases:
                found = next((centre for centre in own if centre.takes(case)), None)
                if found is None:
                    key = new_key(SCOPES, tenant=f"{manner}-{len(own)}")
                    found = Centre(key.kept.tenant, key.secret)
                    own.append(found)
                    keys.append(key.kept)
                name = f"{manner}-{case.name}".replace("/", "-").replace("_", "-")[:63].strip("-")
                assert name not in found.sources
                found.sources[name] = told(_of_tenant(case, found.tenant), self.chance)
            self.centres += own
        (self.directory / "keys.yaml").write_text(dump(keys))

    async def write_sources(self, apis: AsyncExitStack) -> None:
        sources = [
            await _configured(name, centre.tenant, case, apis)
            for centre in self.centres
            for name, case in centre.sources.items()
        ]
        secrets = self.directory / "secrets"
        secrets.mkdir(mode=0o700)
        (secrets / "signing").write_text(signing.SECRET)
        (secrets / "token").write_text("a-token-of-the-vendors-api")
        document = yaml.safe_dump({"public_url": PUBLIC_URL, "sources": sources}, allow_unicode=True)
        (self.directory / "sources.yaml").write_text(document)


def _of_tenant(case: Case, tenant: str) -> Case:
    """The case in a tenant of our own, where its bodies name one."""
    old, new = f'"tenant": "{case.source.tenant}"'.encode(), f'"tenant": "{tenant}"'.encode()
    deliveries = [replace(each, raw=each.raw.replace(old, new)) for each in case.deliveries]
    return replace(case, source=case.source.model_copy(update={"tenant": tenant}), deliveries=deliveries)


async def _configured(name: str, tenant: str, case: Case, apis: AsyncExitStack) -> dict[str, Any]:
    found = {**plain_yaml.load(FOLDER / f"{case.name}.yaml")["source"], "name": name, "tenant": tenant}
    for own in ("secrets", "allow_from"):
        found.pop(own, None)
    if proof(case.source, case.vendor) is Proof.SIGNATURE:
        found["secrets"] = ["signing"]
    if proof(case.source, case.vendor) is Proof.ADDRESS:
        found["allow_from"] = ["127.0.0.1/32"]
    if case.vendor.name == "generic":  # whose events say themselves who speaks
        found["speaks_for"] = list(case.source.voices)
    if case.vendor.enrichment:
        api = await apis.enter_async_context(vendor_api.vendor_api())
        _answers(api, case)
        found["api"] = {"base_url": api.url, "token": "token", "per_second": 1000}
    return found


def _answers(api: vendor_api.VendorApi, case: Case) -> None:
    """One answer for each thing that is announced, in whatever order they are fetched: each says how new it is."""
    assert case.vendor.enrichment
    things: set[str] = set()
    for delivered in case.deliveries:
        for said in delivered.says:
            if "fetch" in said and said["id"] not in things:
                things.add(said["id"])
                assert delivered.fetched
                body = json.dumps(delivered.fetched["body"]).encode()
                api.then(case.vendor.enrichment.path(said["fetch"]), vendor_api.status(200, body))


@dataclass(frozen=True)
class Stream:
    """What one source posts, and what it hears. ``in_order``: one after the other, else all together."""

    posts: Sequence[signing.Posted]
    status: int
    in_order: bool

    async def send(self, http: httpx.AsyncClient, places: asyncio.Semaphore) -> None:
        async def one(posted: signing.Posted) -> None:
            async with places:
                answer = await http.post(posted.path, content=posted.body, headers=dict(posted.headers))
            assert answer.status_code == self.status, (posted.path, answer.text)

        if not self.in_order:
            await asyncio.gather(*map(one, self.posts))
            return
        for posted in self.posts:
            await one(posted)


def streams(world: World) -> list[Stream]:
    """Signed now; sent again, they are the same to the byte."""
    now = datetime.now(UTC)
    return [
        Stream(
            [_request(name, centre.key, case, each, now) for each in case.deliveries],
            case.vendor.answer.status if case.vendor.answer else 202,
            centre.tenant.startswith("as-it-is"),
        )
        for centre in world.centres
        for name, case in centre.sources.items()
    ]


def _request(name: str, key: str, case: Case, delivered: Delivery, now: datetime) -> signing.Posted:
    raw, kind = delivered.raw, delivered.content_type
    headers = {**delivered.headers, "content-type": kind}
    if proof(case.source, case.vendor) is Proof.SIGNATURE:
        if case.vendor.name == "qualtrics" and b"MSG=" not in raw:
            raw = _with_a_shared_key(raw)
        scheme = schemes(case.source, case.vendor)[delivery.format_of(case.vendor, kind)]
        posted = signing.signed(scheme, PUBLIC_URL, path(name), raw, kind, now)
        return replace(posted, headers={**headers, **posted.headers})
    if proof(case.source, case.vendor) is Proof.KEY:
        headers["authorization"] = f"Bearer {key}"
    return signing.Posted(path(name), headers, raw)


def _with_a_shared_key(raw: bytes) -> bytes:
    """As Qualtrics writes the same where it has a key: unsigned it would be refused."""
    fields = dict(parse_qsl(raw.decode()))
    outside = {name: fields.pop(name) for name in ("Topic",) if name in fields}
    return urlencode({**outside, "HMAC": "00", "MSG": json.dumps(fields)}).encode()


async def send(rooms: House, told: Sequence[Stream]) -> None:
    """All sources at once."""
    async with httpx.AsyncClient(base_url=rooms["ingest"].url, timeout=60) as http:
        places = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(stream.send(http, places) for stream in told))


async def fetched(database_url: str) -> None:
    """Wait until nothing is left to fetch, and nothing was given up."""
    database = await asyncpg.connect(database_url)

    async def over() -> bool:
        rows = await database.fetch("SELECT state, count(*) AS n FROM ingest.enrichment GROUP BY state")
        found = {row["state"]: row["n"] for row in rows}
        assert not found.get("parked"), found
        return bool(found.get("done")) and not found.get("waiting")

    try:
        await until(over, "everything announced is fetched", seconds=60)
    finally:
        await database.close()


async def shown(http: httpx.AsyncClient, centre: Centre) -> Numbers:
    found: Numbers = {}
    for metric, dimension in SHOWN:
        parameters = {"metric": metric, "dimension": dimension, **EVER}
        answer = await http.get("/v1/metrics", params=parameters, headers={"Authorization": f"Bearer {centre.key}"})
        assert answer.status_code == 200, answer.text
        rows = answer.json()["values"]
        found[metric, dimension] = {row["key"]: (row["value"], row["n"]) for row in rows if row["n"]}
    return found


async def compare(rooms: House, world: World) -> None:
    async with httpx.AsyncClient(base_url=rooms["scoring"].url, timeout=30) as http:
        for centre in world.centres:
            wanted = recomputed(list(centre.sources.values()))
            assert await shown(http, centre) == wanted, (centre.tenant, sorted(centre.sources))


@asynccontextmanager
async def everything(directory: Path, bootstrap: str, database_url: str, world: World) -> AsyncIterator[House]:
    async with AsyncExitStack() as apis, house(directory, bootstrap, database_url) as rooms:
        world.fill(golden.cases())
        await world.write_sources(apis)
        files = {"INGEST_SOURCES_FILE": f"{directory}/sources.yaml", "INGEST_SECRETS_DIR": f"{directory}/secrets"}
        await asyncio.gather(rooms.add("ingest", **files), rooms.add("scoring"))
        yield rooms


@pytest.mark.timeout(300)
async def test_whatever_becomes_of_the_deliveries_the_numbers_are_right(
    tmp_path: Path, topics: str, database_url: str
) -> None:
    seed = random.randrange(10_000)
    print(f"seed {seed}")  # shown by pytest when this fails
    world = World(tmp_path, random.Random(seed))
    async with everything(tmp_path, topics, database_url, world) as rooms:
        told = streams(world)
        for _ in range(2):  # replayed as a whole, nothing changes
            await send(rooms, told)
            await fetched(database_url)
            await rooms.caught_up("scoring")
            await compare(rooms, world)


def test_there_is_enough_to_be_wrong_about() -> None:
    cases = golden.cases()
    numbers = recomputed(cases)
    print(numbers)
    assert sum(n for _, n in numbers["contact_volume", "channel"].values()) > 20
    assert all(len(numbers["contact_volume", dimension]) > 4 for dimension in ("channel", "team", "agent"))
    sizes = {
        metric: numbers[metric, "all"][""][1] for metric in ("csat", "nps", "aht", "resolved_share", "abandonment")
    }
    assert min(sizes.values()) > 4, sizes
    told_again = [edited(case, EDITS[case.name]) for case in cases if case.name in EDITS]
    assert len(told_again) == len(EDITS)
    assert recomputed(told_again) != recomputed([case for case in cases if case.name in EDITS])
