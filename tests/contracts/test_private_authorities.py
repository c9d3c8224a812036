"""Whoever calls out believes the authorities of the system, so a house may add one of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from starlette.responses import JSONResponse
from structlog.testing import capture_logs

from alerting.channels.http import Poster
from alerting.desk.fetch_json import fetch
from amends.local.certificates import make
from ingest.fetching import new_client
from profile_sync.core.replies import Reason
from profile_sync.crms.connections import Connections
from profile_sync.crms.exchange import Answer, send
from support.serving import serving


async def of_ingest(url: str) -> int:
    async with new_client(1) as client:
        return (await client.get(url)).status_code


async def of_profile_sync(url: str) -> object:
    async with httpx.AsyncClient(transport=Connections(), trust_env=False) as client:
        answer = await send(client, client.build_request("GET", url), 5)
    return answer.status if isinstance(answer, Answer) else answer.failure


async def of_a_channel(url: str) -> object:
    poster = Poster(url)
    try:
        return (await poster.post("", b"{}")).document
    finally:
        await poster.close()


async def of_a_sign_in(url: str) -> int:
    return (await fetch("GET", url))[0]


@pytest.fixture
async def url(tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A server whose certificate an authority vouches for that only this system knows."""
    made = make(tmp_path, "a-crm", ["127.0.0.1"])
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    async with serving(JSONResponse({"well": True}), free_port, made.broker):
        yield f"https://127.0.0.1:{free_port}/"


@pytest.mark.parametrize(
    ("call", "well"),
    [(of_ingest, 200), (of_profile_sync, 200), (of_a_sign_in, 200), (of_a_channel, {"well": True})],
)
async def test_an_authority_of_the_system_is_believed(
    url: str, call: Callable[[str], Awaitable[object]], well: object
) -> None:
    assert await call(url) == well


async def test_one_that_nobody_knows_is_not(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(httpx.ConnectError):
        await of_ingest(url)
    with capture_logs() as logs:
        assert await of_profile_sync(url) is Reason.UNREACHABLE
    assert [line["event"] for line in logs] == ["the certificate of the CRM is not believed"]
