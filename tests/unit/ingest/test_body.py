"""Bodies that do not come as announced."""

import asyncio
from typing import Any

import pytest

from events.runtime.problem_details import ProblemError
from ingest.api import body
from ingest.api.call import Call
from ingest.core.gate import Gate

HEADERS = [(b"content-type", b"application/json")]


async def test_a_body_that_does_not_come_is_not_waited_for_without_end() -> None:
    pieces = [{"type": "http.request", "body": b"[", "more_body": True}]

    async def receive() -> Any:
        return pieces.pop() if pieces else await asyncio.Event().wait()

    call = Call({"type": "http", "method": "POST", "headers": HEADERS}, receive)
    with Gate().admit() as ticket, pytest.raises(ProblemError) as caught:
        await body.read(call, 100, ticket, seconds=0.01)
    assert caught.value.status == 408
    assert caught.value.headers["Connection"] == "close"


async def test_a_sender_that_leaves_half_way_leaves_nothing_behind(edge: Any) -> None:
    pieces = [{"type": "http.disconnect"}, {"type": "http.request", "body": b"[", "more_body": True}]
    answered: list[Any] = []

    async def receive() -> Any:
        return pieces.pop()

    async def send(message: Any) -> None:
        answered.append(message)

    authorization = (b"authorization", edge.http.headers["authorization"].encode())
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/mentions",
        "raw_path": b"/v1/mentions",
        "query_string": b"",
        "headers": [*HEADERS, authorization],
    }
    await edge.app(scope, receive, send)
    assert answered[0]["status"] == 400
    assert edge.records() == []
    assert await edge.metric("amends_ingest_in_flight_requests") == 0
    assert await edge.metric("amends_ingest_in_flight_bytes") == 0


async def test_what_is_our_fault_is_a_problem_too(edge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: Any) -> None:
        raise RuntimeError("zx7canary")

    monkeypatch.setattr(edge.broker, "append", broken)
    edge.http._transport.raise_app_exceptions = False
    mention = {"mention_id": "m-1", "network": "x", "published_at": "2026-03-02T09:30:00Z"}
    answer = await edge.http.post("/v1/mentions", json=mention)
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "zx7" not in answer.text
    assert await edge.metric('amends_ingest_rejected_total{reason="our-fault"}') == 1
