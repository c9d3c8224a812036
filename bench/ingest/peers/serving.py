"""How the peers beside ingest are served: as it is, by uvicorn on uvloop and httptools, one worker, no access log."""

import os
from dataclasses import dataclass
from typing import Any, Literal

import uvicorn


@dataclass(frozen=True, slots=True)
class Place:
    """What a peer is told, through the environment. ``size``: bytes of an event of a batch."""

    port: int
    bootstrap: str
    size: int

    @classmethod
    def told(cls) -> "Place":
        environ = os.environ
        return cls(int(environ["BENCH_PORT"]), environ["KAFKA_BOOTSTRAP_SERVERS"], int(environ["BENCH_EVENT_BYTES"]))


async def serve(app: Any, place: Place, *, lifespan: Literal["on", "off"] = "off") -> None:
    """Until SIGTERM."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=place.port,
        loop="uvloop",
        http="httptools",
        lifespan=lifespan,
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
    )
    await uvicorn.Server(config).serve()
