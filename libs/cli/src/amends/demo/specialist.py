"""Somebody who recovers customers: claims some of the cases, gets in touch, closes them; leaves the others to you."""

import asyncio
import random
from typing import Any

import httpx

from amends.demo.sink import Arrival, Sink
from events.runtime.waiting import pause

SHARE = 0.45
PEOPLE = ("Dana", "Ravi", "Mei", "Omar")
REMEDIES = (
    ("recovered", "workflow", "Refunded the amount and changed the check before invoices go out."),
    ("recovered", "staffing", "Apologised, solved it on the phone, passed the waiting times on."),
    ("recovered", "knowledge", "Explained it, and asked for the help page to be corrected."),
    ("not_recovered", "product_policy", "The customer leaves; told product why."),
    ("unreachable", "routing", "Three calls, then a letter."),
)


class Specialist:
    """Acts only on what the sink was told: a claim before that would cancel the notification."""

    def __init__(self, client: httpx.AsyncClient, url: str, key: str, seed: int) -> None:
        self._client = client
        self._cases = f"{url}/v1/cases"
        self._key = {"Authorization": f"Bearer {key}"}
        self._rng = random.Random(seed)  # noqa: S311  (a simulation)
        self.closed = 0

    async def work(self, sink: Sink, stop: asyncio.Event) -> None:
        """Until ``stop``; what has begun by then is left as it is."""
        async with asyncio.TaskGroup() as group:
            ending = group.create_task(stop.wait())
            while not stop.is_set():
                arriving = asyncio.ensure_future(sink.arrived.get())
                await asyncio.wait({arriving, ending}, return_when=asyncio.FIRST_COMPLETED)
                if not arriving.done():
                    arriving.cancel()
                elif self._rng.random() < SHARE:
                    group.create_task(self._recover(arriving.result(), stop))

    async def _recover(self, arrival: Arrival, stop: asyncio.Event) -> None:
        who = self._rng.choice(PEOPLE)
        outcome, cause, remedy = self._rng.choice(REMEDIES)
        steps: list[tuple[str, dict[str, Any]]] = [("claim", {})]
        if outcome != "unreachable":
            steps.append(("contacted", {"note": "Called."}))
        steps.append(("close", {"outcome": outcome, "cause": cause, "remedy": remedy}))
        version = 1
        for step, said in steps:
            await pause(stop, self._rng.uniform(1.5, 6))
            if stop.is_set():
                return
            try:
                response = await self._client.post(
                    f"{self._cases}/{arrival.case_id}/{step}",
                    headers=self._key,
                    json={"by": who, "version": version, **said},
                )
            except httpx.TransportError:
                return
            if response.status_code != 200:
                return  # a person was faster: theirs
            version = int(response.json()["case"]["version"])
        self.closed += 1
