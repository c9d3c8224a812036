"""Tokens: got when needed, renewed before they end or when refused, once for everybody; what goes wrong is a reply."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from pydantic import SecretStr

from profile_sync.core.replies import Reason, Reply
from profile_sync.crms.auth import Auth
from profile_sync.crms.oauth import LEEWAY_SECONDS
from profile_sync.crms.token_file import TokenFile
from support import vendor_http
from support.crm_servers.oauth import TokenServer
from support.vendor_http import LOST, RESET, Half
from support.vendor_http import Reply as Said

FIRST = SecretStr("hush-refresh-0")


@pytest.fixture
async def tokens() -> AsyncIterator[TokenServer]:
    async with vendor_http.serving(TokenServer()) as server:
        yield server


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as found:
        yield found


async def bearer(auth: Auth) -> str:
    found = await auth.headers()
    assert not isinstance(found, Reply), found
    return found["Authorization"]


async def test_a_token_is_asked_for_when_it_is_needed_and_kept(tokens: TokenServer, client: httpx.AsyncClient) -> None:
    auth = tokens.auth(client)
    assert tokens.issued == 0
    assert [await bearer(auth) for _ in range(3)] == ["Bearer hush-access-1"] * 3
    assert tokens.issued == 1


@pytest.mark.parametrize(("lifetime", "good"), [(1800, 1800 - LEEWAY_SECONDS), (100, 90), (1, 0.9), ("1800", 1740)])
async def test_it_is_renewed_shortly_before_it_ends(
    tokens: TokenServer, client: httpx.AsyncClient, lifetime: Any, good: float
) -> None:
    now = 1000.0
    tokens.lifetime = lifetime
    auth = tokens.auth(client, clock=lambda: now)
    await bearer(auth)
    now += good - 0.01
    await bearer(auth)
    assert tokens.issued == 1
    now += 0.02
    assert await bearer(auth) == "Bearer hush-access-2"


@pytest.mark.parametrize("lifetime", [None, "soon", {}])
async def test_a_token_of_no_said_end_is_kept_until_it_is_refused(
    tokens: TokenServer, client: httpx.AsyncClient, lifetime: Any
) -> None:
    now = 0.0
    tokens.lifetime = lifetime
    auth = tokens.auth(client, clock=lambda: now)
    first = await auth.headers()
    assert not isinstance(first, Reply)
    now += 365 * 86_400
    assert await auth.headers() == first
    assert await auth.renew(first)
    assert await bearer(auth) == "Bearer hush-access-2"


async def test_many_at_once_get_one_token(tokens: TokenServer, client: httpx.AsyncClient) -> None:
    auth = tokens.auth(client)
    first = await asyncio.gather(*(auth.headers() for _ in range(8)))
    assert tokens.issued == 1

    async def refused(found: Any) -> str:
        assert await auth.renew(found)
        return await bearer(auth)

    assert set(await asyncio.gather(*(refused(found) for found in first))) == {"Bearer hush-access-2"}
    # One that was under way meanwhile comes late with the old token: there is a new one already.
    assert await refused(first[0]) == "Bearer hush-access-2"
    assert tokens.issued == 2


async def test_many_at_once_learn_of_one_failure(tokens: TokenServer, client: httpx.AsyncClient) -> None:
    auth = tokens.auth(client)
    tokens.script.append(Said(500))
    assert await asyncio.gather(*(auth.headers() for _ in range(8))) == [Reply(500)] * 8
    assert len(tokens.asked) == 1
    assert await bearer(auth) == "Bearer hush-access-1"


async def test_who_gives_up_waiting_spoils_it_for_nobody(tokens: TokenServer, client: httpx.AsyncClient) -> None:
    tokens.rotates = True
    auth = tokens.auth(client, refresh_token=FIRST)
    impatient, patient = asyncio.create_task(auth.headers()), asyncio.create_task(auth.headers())
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == {"Authorization": "Bearer hush-access-1"}
    assert tokens.issued == 1


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        (Said(400, {"error": "invalid_grant"}), Reply(401)),
        (Said(401, {"error": "invalid_client"}), Reply(401)),
        (Said(403), Reply(401)),  # a token that cannot be had is no customer's fault: nothing is parked
        (Said(404), Reply(401)),
        (Said(302, b"", {"location": "http://127.0.0.1:1/"}), Reply(401)),
        (Said(429, b"", {"retry-after": "7"}), Reply(429, "7")),
        (Said(503, b"", {"retry-after": "7"}), Reply(503, "7")),
        (Said(500), Reply(500)),
        (RESET, Reply(failure=Reason.UNREACHABLE)),
        (LOST, Reply(failure=Reason.UNREACHABLE)),
        (Half(200), Reply(failure=Reason.UNREACHABLE)),
        (Said(200, b"<html>"), Reply(failure=Reason.UNREADABLE)),
        (Said(200, b"[]"), Reply(failure=Reason.UNREADABLE)),
        (Said(200, {}), Reply(failure=Reason.UNREADABLE)),
        (Said(200, {"access_token": ""}), Reply(failure=Reason.UNREADABLE)),
        (Said(200, {"access_token": 7}), Reply(failure=Reason.UNREADABLE)),
        (Said(200, {"access_token": "a\r\nX:b"}), Reply(failure=Reason.UNREADABLE)),
        (Said(200, {"access_token": "ü"}), Reply(failure=Reason.UNREADABLE)),
        (Said(200, {"access_token": "a" * 10_000}), Reply(failure=Reason.UNREADABLE)),
        (Said(200, {"access_token": "a", "token_type": "mac"}), Reply(failure=Reason.UNREADABLE)),
        (Said(200, b" " * 300_000), Reply(failure=Reason.UNREADABLE)),
    ],
)
async def test_what_goes_wrong_is_a_reply(
    tokens: TokenServer, client: httpx.AsyncClient, said: Any, reply: Reply
) -> None:
    auth = tokens.auth(client)
    tokens.script.append(said)
    assert await auth.headers() == reply
    assert await bearer(auth)  # and it passes


async def test_client_id_and_secret_go_where_the_endpoint_wants_them(
    tokens: TokenServer, client: httpx.AsyncClient
) -> None:
    await bearer(tokens.auth(client, more={"scope": "crm write"}))
    await bearer(tokens.auth(client, by_header=True))
    in_body, in_header = tokens.asked
    assert b"scope=crm+write" in in_body.body
    assert "authorization" not in in_body.headers
    assert b"client_" not in in_header.body.replace(b"client_credentials", b"")


async def test_a_refresh_token_that_changes_is_the_next_one_used(
    tokens: TokenServer, client: httpx.AsyncClient
) -> None:
    tokens.rotates = True
    auth = tokens.auth(client, refresh_token=FIRST)
    with structlog.testing.capture_logs() as logged:
        for number in (1, 2, 3):
            found = {"Authorization": await bearer(auth)}
            assert found == {"Authorization": f"Bearer hush-access-{number}"}
            assert await auth.renew(found)
    # Nowhere to keep it: said, and not what it is.
    assert [entry["log_level"] for entry in logged] == ["warning"] * 3
    assert "hush" not in str(logged)


async def test_a_refresh_token_that_changes_outlives_us(
    tokens: TokenServer, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    tokens.rotates = True
    kept = TokenFile(tmp_path / "token.json")
    for number in (1, 2, 3):  # each is a process of its own
        assert await bearer(tokens.auth(client, refresh_token=FIRST, kept=kept)) == f"Bearer hush-access-{number}"
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["token.json"]  # nothing half written beside it
    # The operator signs in anew: what was kept came from the older token and is not believed.
    tokens.refresh = "hush-signed-in-anew"
    assert await bearer(tokens.auth(client, refresh_token=SecretStr(tokens.refresh), kept=kept))


async def test_a_token_file_that_is_spoilt_or_unwritable_stops_nobody(
    tokens: TokenServer, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    tokens.rotates = True
    spoilt = tmp_path / "token.json"
    spoilt.write_bytes(b"\xff{")
    assert await bearer(tokens.auth(client, refresh_token=FIRST, kept=TokenFile(spoilt))) == "Bearer hush-access-1"
    nowhere = TokenFile(tmp_path / "no-such-folder" / "token.json")
    auth = tokens.auth(client, refresh_token=SecretStr(tokens.refresh), kept=nowhere)
    with structlog.testing.capture_logs() as logged:
        found = {"Authorization": await bearer(auth)}
    assert [entry["log_level"] for entry in logged] == ["error"]
    assert await auth.renew(found)
    assert await bearer(auth) == "Bearer hush-access-3"


async def test_a_full_disk_costs_nothing_until_a_restart(
    tokens: TokenServer, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    class Full(TokenFile):
        def write(self, configured: SecretStr | None, token: SecretStr) -> None:
            raise OSError

    tokens.rotates = True
    path = tmp_path / "token.json"
    assert await bearer(tokens.auth(client, refresh_token=FIRST, kept=TokenFile(path))) == "Bearer hush-access-1"
    auth = tokens.auth(client, refresh_token=FIRST, kept=Full(path))
    for number in (2, 3, 4):
        found = {"Authorization": await bearer(auth)}
        assert found == {"Authorization": f"Bearer hush-access-{number}"}
        assert await auth.renew(found)


async def test_no_secret_is_in_a_repr(tokens: TokenServer, client: httpx.AsyncClient) -> None:
    auth = tokens.auth(client, refresh_token=FIRST)
    await bearer(auth)
    assert "hush" not in repr((auth, vars(auth), tokens.grant(refresh_token=FIRST)))
