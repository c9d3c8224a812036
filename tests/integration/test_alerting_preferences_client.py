"""The desk's way to profile-sync, before servers that behave badly: whatever happens is told, nothing is raised."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from alerting import preferences_client
from alerting.preferences_client import AWAY, KEY_REFUSED, NOTHING_THERE, ODD, UNSURE, PreferencesClient, Trouble
from amends.local.ports import free_port
from support.serving import serving

Answer = Callable[[Request], Awaitable[Response]]


@asynccontextmanager
async def before(answer: Answer) -> AsyncIterator[tuple[PreferencesClient, list[Request]]]:
    asked: list[Request] = []

    async def all_(request: Request) -> Response:
        asked.append(request)
        return await answer(request)

    port = free_port()
    app = Starlette(routes=[Route("/{path:path}", all_, methods=["GET", "POST", "PUT"])])
    async with serving(app, port):
        yield PreferencesClient(f"http://127.0.0.1:{port}/", "amk_secret"), asked


def says(status: int, document: Any = None, **headers: str) -> Answer:
    async def answer(_: Request) -> Response:
        return Response(json.dumps(document), status, headers, "application/json")

    return answer


@pytest.mark.parametrize(
    ("status", "document", "trouble"),
    [
        (401, {}, KEY_REFUSED),
        (403, {}, KEY_REFUSED),
        (500, {}, AWAY),
        (503, {}, AWAY),
        (422, {}, ODD),
        (200, {"preferences": 1}, ODD),
        (200, [], ODD),
        (204, None, ODD),
        (
            409,
            {"detail": "Something said later stands in its place."},
            Trouble("Something said later stands in its place.", 409),
        ),
        (409, {"detail": "x" * 5000}, Trouble("x" * 300, 409)),
        (404, [1], Trouble("There is no such thing any more.", 404)),
    ],
)
async def test_each_answer_is_told_as_people_say_it(status: int, document: Any, trouble: Trouble) -> None:
    async with before(says(status, document)) as (client, _):
        assert await client.waiting() == trouble


async def test_the_key_goes_to_nobody_else() -> None:
    async def elsewhere(request: Request) -> Response:
        return RedirectResponse("/stolen")

    async with before(elsewhere) as (client, asked):
        assert await client.parked() == ODD
        assert [request.url.path for request in asked] == ["/v1/parked"]
        assert asked[0].headers["authorization"] == "Bearer amk_secret"


async def test_who_is_slow_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preferences_client, "SECONDS", 0.3)

    async def trickle(_: Request) -> Response:
        async def drops() -> AsyncIterator[bytes]:
            for _ in range(200):
                yield b" "
                await asyncio.sleep(0.1)

        return StreamingResponse(drops())

    async with before(trickle) as (client, _):
        began = time.monotonic()
        assert await client.customer("cus-42") == AWAY
        assert time.monotonic() - began < 10  # and not for the 20 s that it takes


async def test_too_large_an_answer_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preferences_client, "LARGEST_ANSWER", 1000)

    async def much(_: Request) -> Response:
        return PlainTextResponse("x" * 5000)

    async with before(much) as (client, _):
        assert await client.waiting() == AWAY


async def test_with_nobody_there_a_decision_says_that_it_may_be_done_all_the_same() -> None:
    client = PreferencesClient(f"http://127.0.0.1:{free_port()}", "amk_secret")
    assert await client.waiting() == AWAY
    assert await client.decide("0" * 32, "accept", "Dana") == UNSURE
    assert await client.retry("cus-42", "Dana") == UNSURE
    assert await client.consent("cus-42", False, "Dana") == UNSURE


async def test_an_id_is_one_part_of_the_address() -> None:
    async with before(says(404)) as (client, asked):
        await client.customer("a/../b?c#d")
        assert asked[0].scope["raw_path"] == b"/v1/customers/a%2F..%2Fb%3Fc%23d/preferences"


@pytest.mark.parametrize("id_", ["", ".", ".."])
async def test_an_id_that_would_be_another_address_is_nobodys(id_: str) -> None:
    nowhere = PreferencesClient("http://127.0.0.1:9", "a key")
    assert await nowhere.consent(id_, False, "Dana") == NOTHING_THERE
    assert await nowhere.decide(id_, "accept", "Dana") == NOTHING_THERE
