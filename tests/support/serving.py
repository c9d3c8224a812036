"""An ASGI application of the test's own behind a real port of this machine."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn

from support.until import until


@contextlib.asynccontextmanager
async def serving(app: Any, port: int, certificate: Path | None = None) -> AsyncIterator[None]:
    """``certificate``: PEM with its key; it then speaks TLS."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=1,
        ssl_certfile=certificate,
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]  # the test keeps its signals
    task = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started, "it listens", seconds=10)
        yield
    finally:
        server.should_exit = True
        await task
