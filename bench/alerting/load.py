"""A contact centre's traffic at a steady rate: many contacts, fewer answers, some of them terrible."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

TICK = 0.05
BATCH = 100
"""Contacts in a request; every answer is a request of its own, as survey tools send them."""


@dataclass
class Load:
    """Attributes:
    accepted: event id of a terrible answer → when its 202 was read, by ``time.monotonic()``.
    refused: requests that were not accepted, and are tried again: the sender's part of at least once.
    """

    client: httpx.AsyncClient
    url: str
    key: str
    run: str
    accepted: dict[str, float] = field(default_factory=dict)
    posted: int = 0
    answers: int = 0
    refused: int = 0
    late: float = 0.0
    _number: int = 0

    async def drive(self, events: float, answers: float, bad: float, seconds: float) -> None:
        """``events`` a second, of them ``answers``, of them the share ``bad`` terrible. Paced by the clock: what is
        behind is caught up."""
        start, sent, asked = time.monotonic(), 0.0, 0.0
        async with asyncio.TaskGroup() as group:
            while (passed := time.monotonic() - start) < seconds:
                while asked + 1 <= passed * answers:
                    asked += 1
                    group.create_task(self._answer(terrible=int(asked * bad) > int((asked - 1) * bad)))
                while sent + BATCH <= passed * (events - answers):
                    sent += BATCH
                    group.create_task(self._contacts())
                self.late = max(self.late, passed - (asked + 1) / answers)
                await asyncio.sleep(TICK / 10)

    async def _contacts(self) -> None:
        bodies = [self._event("interaction.reported", _contact(self._next())) for _ in range(BATCH)]
        await self._post("/v1/events", bodies, "application/cloudevents-batch+json")
        self.posted += BATCH

    async def _answer(self, *, terrible: bool) -> None:
        number = self._next()
        body = self._event("survey.answered", _said(number, 1 if terrible else 5))
        await self._post("/v1/events", body, "application/cloudevents+json")
        self.posted += 1
        self.answers += 1
        if terrible:
            self.accepted[body["id"]] = time.monotonic()

    async def _post(self, path: str, body: Any, kind: str) -> None:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": kind}
        while True:
            try:
                response = await self.client.post(self.url + path, json=body, headers=headers)
                if response.status_code == httpx.codes.ACCEPTED:
                    return
            except httpx.TransportError:
                pass
            self.refused += 1
            await asyncio.sleep(0.2)

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _event(self, type_: str, data: dict[str, Any]) -> dict[str, Any]:
        number = data["number"]
        return {
            "specversion": "1.0",
            "id": f"{self.run}-{number}",
            "source": "/bench",
            "type": type_,
            "time": data["at"],
            "data": {key: value for key, value in data.items() if key not in ("number", "at")},
        }


def _contact(number: int) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {
        "number": number,
        "at": now,
        "interaction_id": f"call-{number}",
        "channel": "phone",
        "team": f"team-{number % 20}",
        "agent": f"a-{number % 500}",
        "customer_id": f"cus-{number % 50_000}",
        "reason": f"reason-{number % 8}",
        "offered_at": now,
        "answered_at": now,
        "talk_seconds": 180.0,
        "resolved": True,
    }


def _said(number: int, value: int) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {
        "number": number,
        "at": now,
        "response_id": f"resp-{number}",
        "interaction_id": f"call-{max(1, number - 2_000)}",
        "customer_id": f"cus-{max(1, number - 2_000) % 50_000}",
        "instrument": "csat",
        "scale": "1-5",
        "value": value,
        "comment": "Twice I was promised a call, and twice nobody rang." if value == 1 else "Quick and friendly.",
        "submitted_at": now,
    }
