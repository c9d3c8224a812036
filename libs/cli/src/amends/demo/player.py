"""Plays the plan against ingest in real time, in the forms senders use, one request after another so order holds."""

import asyncio
import json
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby

from amends.demo.webhook import Webhook
from amends.errors import CommandError
from amends.posting import Poster, document, refused
from amends.replaying.sender import BATCH
from amends.simulation.expectations import Expectations
from amends.simulation.said import Planned, Said
from events.catalog import BY_NAME
from events.runtime.waiting import pause

TICK_SECONDS = 0.2
MAX_BATCH = 500


class Player:
    """Attributes:
    expected: what must come of everything that was answered 202.
    sent_at: event id → when the request that first carried it was sent, by ``time.monotonic()``.
    posted: postings answered 202, repeats included.
    """

    def __init__(self, poster: Poster, webhook: Webhook) -> None:
        self._poster = poster
        self._webhook = webhook
        self.expected = Expectations()
        self.sent_at: dict[str, float] = {}
        self.posted = 0

    async def play(self, plan: Iterable[Planned], stop: asyncio.Event) -> None:
        """Until the plan or ``stop`` ends it. What is due within a tick goes out together. Raises CommandError."""
        began = time.monotonic()
        for tick, due in groupby(plan, key=lambda planned: int(planned.at / TICK_SECONDS)):
            late = began + (tick + 1) * TICK_SECONDS - time.monotonic()
            if late > 0:
                await pause(stop, late)
            if stop.is_set():
                return
            await self._post_all(list(due))

    async def bring(self, plan: Iterable[Planned]) -> int:
        """Post a plan at once, in its order; returns how many events. Raises CommandError."""
        said = [planned.said for planned in plan]
        for first in range(0, len(said), MAX_BATCH):
            await self._batch(said[first : first + MAX_BATCH])
        return len(said)

    async def _post_all(self, due: Sequence[Planned]) -> None:
        for batched, run in groupby(due, key=lambda planned: planned.form == "batch"):
            planned = list(run)
            if batched:
                for first in range(0, len(planned), MAX_BATCH):
                    await self._batch([entry.said for entry in planned[first : first + MAX_BATCH]])
            else:
                for entry in planned:
                    await self._single(entry)

    async def _batch(self, said: Sequence[Said]) -> None:
        await self._post("/v1/events", json.dumps([one.document for one in said]).encode(), BATCH, said)

    async def _single(self, planned: Planned) -> None:
        said = planned.said
        match planned.form:
            case "structured":
                headers = {"Content-Type": "application/cloudevents+json"}
                await self._post("/v1/events", json.dumps(said.document).encode(), headers, [said])
            case "binary":
                headers = {f"ce-{name}": value for name, value in said.context.items()}
                headers["Content-Type"] = "application/json"
                await self._post("/v1/events", json.dumps(said.data).encode(), headers, [said])
            case "webhook":
                body = json.dumps(said.document).encode()
                await self._post(self._webhook.path, body, self._webhook.headers(said.id, body), [said])
            case _:
                headers = {"Amends-Source": said.source, "Content-Type": "application/json"}
                path = f"/v1/{BY_NAME[said.payload.TYPE].plural}"
                await self._post(path, json.dumps(said.data).encode(), headers, [said])

    async def _post(self, path: str, body: bytes, headers: dict[str, str], said: Sequence[Said]) -> None:
        now = time.monotonic()
        response = await self._poster.post(path, body, headers)
        if response.status_code != 202 or document(response).get("ids") != [one.id for one in said]:
            raise CommandError(f"a simulated event was not accepted as it is: {refused(response)}")
        for one in said:
            self.sent_at.setdefault(one.id, now)
            self.expected.posted(one, datetime.now(UTC))
        self.posted += len(said)
