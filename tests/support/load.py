"""Load on ingest with a ledger: what was sent and what was answered, to hold the log against.

The ledger is on disk before a request leaves and again before the next one does, so that whoever is killed, it says no
less than what was promised.
"""

import asyncio
import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from aiokafka import ConsumerRecord

from events.runtime.api_keys import new_key
from support import broker
from support.happened import answered, csat

ONE, MANY = "application/cloudevents+json", "application/cloudevents-batch+json"
LARGEST_BATCH = 40
PATIENCE = 15.0
"""Seconds; far more than anything is allowed to take, so that what takes too long is seen and not cut off."""


class Outcome(StrEnum):
    SENT = "sent"
    OK = "ok"
    """202: promised."""
    FAIL = "fail"
    """4xx, 503 that says nothing was stored, or nobody there to take it: refused."""
    UNKNOWN = "unknown"
    """Anything else: stored or not, wholly or in part."""


@dataclass(frozen=True)
class Entry:
    """One event. ``seq``: its place among those of its customer. ``fit``: ours should accept it."""

    id: str
    customer: str
    seq: int
    fit: bool
    outcome: Outcome = Outcome.SENT


@dataclass(frozen=True)
class Request:
    entries: tuple[Entry, ...]
    media: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def fit(self) -> bool:
        return self.entries[0].fit


@dataclass(frozen=True)
class Answer:
    """``began``: on the monotonic clock. ``status``: None where there was no connection (then it was not ``sent``), it
    broke, or nothing came in time."""

    fit: bool
    began: float
    seconds: float
    sent: bool = True
    status: int | None = None
    detail: str = ""
    retry_after: str | None = None

    @property
    def ended(self) -> float:
        return self.began + self.seconds

    @property
    def not_tried(self) -> bool:
        """Refused without a try, as an open breaker does."""
        return self.status == 503 and "Nothing was stored" in self.detail

    @property
    def outcome(self) -> Outcome:
        if self.status == 202:
            return Outcome.OK
        if not self.sent or self.not_tried or (self.status is not None and 400 <= self.status < 500):
            return Outcome.FAIL
        return Outcome.UNKNOWN


class Ledger:
    """One JSON line an event and outcome; the last one counts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def note(self, entries: Iterable[Entry], outcome: Outcome) -> None:
        lines = [json.dumps({**asdict(entry), "outcome": outcome}) + "\n" for entry in entries]
        await asyncio.to_thread(self._append, "".join(lines).encode())

    def _append(self, raw: bytes) -> None:
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(file, raw)
            os.fsync(file)
        finally:
            os.close(file)

    def entries(self) -> dict[str, Entry]:
        found = {}
        for line in self._path.read_text().splitlines():
            said = json.loads(line)
            found[said["id"]] = Entry(**{**said, "outcome": Outcome(said["outcome"])})
        return found


class Maker:
    """What one connection says: single events and batches of several customers of its own, some of them spoiled."""

    def __init__(self, name: str, chance: random.Random, spoiled: float) -> None:
        self._name = name
        self._chance = chance
        self._spoiled = spoiled
        self._seqs: Counter[str] = Counter()

    def request(self) -> Request:
        if self._chance.random() < self._spoiled:
            return self._chance.choice([self._bad_one, self._bad_among_many, self._cut_off, self._strangers])()
        return self._request(1 if self._chance.random() < 0.5 else self._chance.randint(2, LARGEST_BATCH))

    def _request(self, size: int, *, fit: bool = True, bend: int | None = None) -> Request:
        entries = tuple(self._entry(fit) for _ in range(size))
        events = [self._event(entry) for entry in entries]
        if bend is not None:
            events[bend]["data"]["channel"] = "smoke signals"
        if size == 1:
            return Request(entries, ONE, json.dumps(events[0]).encode())
        return Request(entries, MANY, json.dumps(events).encode())

    def _bad_one(self) -> Request:
        return self._request(1, fit=False, bend=0)

    def _bad_among_many(self) -> Request:
        size = self._chance.randint(2, LARGEST_BATCH)
        return self._request(size, fit=False, bend=self._chance.randrange(size))

    def _cut_off(self) -> Request:
        whole = self._request(self._chance.randint(2, LARGEST_BATCH), fit=False)
        return Request(whole.entries, whole.media, whole.body[: self._chance.randrange(1, len(whole.body))])

    def _strangers(self) -> Request:
        whole = self._request(self._chance.randint(1, 5), fit=False)
        key = new_key(("events:write",)).secret
        return Request(whole.entries, whole.media, whole.body, {"Authorization": f"Bearer {key}"})

    def _entry(self, fit: bool) -> Entry:
        customer = f"{self._name}-{self._chance.randrange(5)}"
        self._seqs[customer] += 1
        seq = self._seqs[customer]
        return Entry(f"{customer}-{seq}", customer, seq, fit)

    def _event(self, entry: Entry) -> dict[str, Any]:
        said = {"customer_id": entry.customer, "channel": "phone"}
        rated = self._chance.random() < 0.3
        return {
            "specversion": "1.0",
            "id": entry.id,
            "source": "/load",
            "type": "survey.answered" if rated else "interaction.reported",
            "data": csat(entry.seq % 5 + 1, entry.id, entry.id, **said) if rated else answered(entry.id, **said),
        }


class Load:
    """Connections that post one request after the other, each as soon as the last is answered and ``pause`` over."""

    def __init__(
        self,
        url: str,
        key: str,
        ledger: Ledger,
        seed: int,
        *,
        connections: int = 6,
        spoiled: float = 0.2,
        pause: float = 0.0,
    ) -> None:
        """``spoiled``: the share of requests to be refused. ``pause`` in seconds."""
        self.answers: list[Answer] = []
        self._url = url
        self._key = key
        self._ledger = ledger
        self._makers = [Maker(f"{n}", random.Random(f"{seed}-{n}"), spoiled) for n in range(connections)]
        self._pause = pause
        self._stop = asyncio.Event()
        self._senders: list[asyncio.Task[None]] = []

    def accepted(self) -> int:
        """Requests answered 202. Raises what made a connection give up, which is a mistake of ours."""
        for sender in self._senders:
            if sender.done():
                sender.result()
        return sum(answer.status == 202 for answer in self.answers)

    async def __aenter__(self) -> "Load":
        self._senders = [asyncio.create_task(self._send(maker)) for maker in self._makers]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        self._stop.set()
        ends = await asyncio.gather(*self._senders, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException) and kind is None:
                raise end

    async def _send(self, maker: Maker) -> None:
        headers = {"Authorization": f"Bearer {self._key}"}
        async with httpx.AsyncClient(base_url=self._url, headers=headers, timeout=PATIENCE) as http:
            while not self._stop.is_set():
                request = maker.request()
                await self._ledger.note(request.entries, Outcome.SENT)
                answer = await _post(http, request)
                await self._ledger.note(request.entries, answer.outcome)
                self.answers.append(answer)
                await asyncio.sleep(self._pause if answer.status else max(self._pause, 0.2))


async def _post(http: httpx.AsyncClient, request: Request) -> Answer:
    headers = {"Content-Type": request.media, **request.headers}
    began = time.monotonic()
    try:
        found = await http.post("/v1/events", content=request.body, headers=headers)
    except httpx.TransportError as error:
        return Answer(request.fit, began, time.monotonic() - began, not isinstance(error, httpx.ConnectError))
    seconds = time.monotonic() - began
    detail = "" if found.status_code == 202 else str(found.json().get("detail"))
    return Answer(request.fit, began, seconds, True, found.status_code, detail, found.headers.get("retry-after"))


@dataclass(frozen=True)
class Verdict:
    """What the log holds against the ledger. The lists name events and are empty where all promises were kept.

    Attributes:
        counts: events by outcome, and "stored unknown": those of them that are in the log.
        lost: promised and not in the log.
        kept: refused, or fit for refusal, and in the log all the same.
        strange: in the log and never sent.
        disordered: promised, and behind one of its customer's that was promised later.
        repeated: more than once in the log, which consumers see through.
    """

    counts: Counter[str]
    lost: list[str]
    kept: list[str]
    strange: list[str]
    disordered: list[str]
    repeated: list[str]

    def broken(self) -> dict[str, list[str]]:
        found = {"lost": self.lost, "kept": self.kept, "strange": self.strange, "disordered": self.disordered}
        return {name: ids for name, ids in found.items() if ids}


def judged(entries: dict[str, Entry], logs: Iterable[Sequence[str]]) -> Verdict:
    """``logs``: the ids of the events in each partition, in order."""
    partitions = [list(log) for log in logs]
    stored = Counter(id_ for log in partitions for id_ in log)
    promised = {id_ for id_, entry in entries.items() if entry.outcome is Outcome.OK}
    refused = {id_ for id_, entry in entries.items() if entry.outcome is Outcome.FAIL or not entry.fit}
    counts: Counter[str] = Counter(entry.outcome for entry in entries.values())
    counts["stored unknown"] = sum(entries[id_].outcome is Outcome.UNKNOWN for id_ in stored if id_ in entries)
    return Verdict(
        counts,
        lost=sorted(promised - stored.keys()),
        kept=sorted(refused & stored.keys()),
        strange=sorted(stored.keys() - entries.keys()),
        disordered=[id_ for log in partitions for id_ in _behind([entries[i] for i in log if i in promised])],
        repeated=sorted(id_ for id_, count in stored.items() if count > 1),
    )


def _behind(log: Sequence[Entry]) -> list[str]:
    """Which stand behind a later one of their customer; one that stands there again is none."""
    newest: dict[str, int] = {}
    seen: set[str] = set()
    found = []
    for entry in log:
        if entry.id not in seen and entry.seq < newest.get(entry.customer, 0):
            found.append(entry.id)
        seen.add(entry.id)
        newest[entry.customer] = max(newest.get(entry.customer, 0), entry.seq)
    return found


async def verdict(ledger: Ledger, bootstrap: str) -> Verdict:
    """The topics, read from the beginning, against the ledger."""
    logs: dict[tuple[str, int], list[str]] = {}
    for topic in ("interactions", "survey-responses"):
        for record in await broker.read_all(bootstrap, topic):
            logs.setdefault((topic, record.partition), []).append(_id(record))
    return judged(ledger.entries(), logs.values())


def _id(record: ConsumerRecord) -> str:
    raw: bytes = dict(record.headers)["ce_id"]
    return raw.decode()
