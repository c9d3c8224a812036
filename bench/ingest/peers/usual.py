"""The usual way: FastAPI, one declared model for the body, aiokafka's ``send_and_wait`` with acks=all.

As their documentation shows. Left out in its favour: authentication, bounds, patterns, unknown fields, depth, duplicate
members, rates, request ids, telemetry. A batch is sent in a loop and awaited together: ``send_and_wait`` for each, all
at once, came to two thirds of that.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal

import uvloop
from aiokafka import AIOKafkaProducer
from bench.ingest.peers.serving import Place, serve
from fastapi import FastAPI
from pydantic import BaseModel

from events.topics import INTERACTIONS


class Interaction(BaseModel):
    interaction_id: str
    revision: int | None = None
    channel: Literal["phone", "email", "chat", "messaging", "sms", "social", "video", "web", "in-person", "other"]
    direction: Literal["inbound", "outbound"] = "inbound"
    team: str | None = None
    agent: str | None = None
    customer_id: str | None = None
    reason: str | None = None
    offered_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talk_seconds: float | None = None
    hold_seconds: float | None = None
    wrap_seconds: float | None = None
    resolved: bool | None = None


class InteractionReported(BaseModel):
    specversion: Literal["1.0"]
    id: str
    source: str
    type: Literal["interaction.reported"]
    time: datetime
    data: Interaction

    @property
    def key(self) -> bytes:
        return (self.data.customer_id or self.data.interaction_id).encode()


class Accepted(BaseModel):
    accepted: int


def create_app(place: Place) -> FastAPI:
    producer: AIOKafkaProducer

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        nonlocal producer
        producer = AIOKafkaProducer(bootstrap_servers=place.bootstrap, acks="all")
        await producer.start()
        try:
            yield
        finally:
            await producer.stop()

    app = FastAPI(lifespan=lifespan)

    @app.post("/single", status_code=202)
    async def single(event: InteractionReported) -> Accepted:
        await producer.send_and_wait(INTERACTIONS.name, event.model_dump_json().encode(), key=event.key)
        return Accepted(accepted=1)

    @app.post("/batch", status_code=202)
    async def batch(events: list[InteractionReported]) -> Accepted:
        sent = [
            await producer.send(INTERACTIONS.name, event.model_dump_json().encode(), key=event.key) for event in events
        ]
        await asyncio.gather(*sent)
        return Accepted(accepted=len(events))

    return app


if __name__ == "__main__":
    place = Place.told()
    uvloop.run(serve(create_app(place), place, lifespan="on"))
