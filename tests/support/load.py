"""Load on ingest, with a ledger of what was sent and what was answered, to hold the log against."""

import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import httpx

from events.runtime.api_keys import new_key
from support.happened import answered, csat
from support.load_ledger import Entry, Ledger, Outcome

ONE, MANY = "application/cloudevents+json", "application/cloudevents-batch+json"
LARGEST_BATCH = 40
PATIENCE = 15.0
"""Seconds; far more than anything is allowed to take, so that what takes too long is seen and not cut off."""


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
