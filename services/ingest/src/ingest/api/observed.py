"""An ASGI layer round everything that tells how long each answer took and which it was."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.telemetry import Telemetry


class Observed:
    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500  # what the server answers where nothing else was

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.perf_counter()
        try:
            await self._app(scope, receive, watched)
        finally:
            self._telemetry.answered(scope["path"], status, time.perf_counter() - began)
