"""A token endpoint as RFC 6749 has it: client credentials (4.4) and refresh tokens (6), which may rotate."""

import base64
import itertools
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import httpx
from pydantic import SecretStr

from profile_sync.crms.auth import Auth
from profile_sync.crms.oauth import Grant, OAuth
from profile_sync.crms.token_file import TokenFile
from support.vendor_http import Asked, Reply, Vendor

CLIENT_ID = "client-of-the-tests"
CLIENT_SECRET = "hush: client/secret"


class TokenServer(Vendor):
    """``current``: the only access token that is good, None where none is. ``script`` plans failures.

    Attributes:
        issued: how many access tokens were given out.
        lifetime: seconds that it says a token lasts; None says nothing (as Salesforce).
        refresh: the only refresh token that is good; with ``rotates`` it is good once.
        more: what else is in the answer, such as ``instance_url``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.issued = 0
        self.current: str | None = None
        self.lifetime: float | None = 1800
        self.refresh = "hush-refresh-0"
        self.rotates = False
        self.more: dict[str, Any] = {}
        self._numbers = itertools.count(1)

    @property
    def token_url(self) -> str:
        return f"{self.url}/oauth/token"

    def grant(self, **more: Any) -> Grant:
        return Grant(self.token_url, CLIENT_ID, SecretStr(CLIENT_SECRET), **more)

    def auth(
        self,
        client: httpx.AsyncClient,
        *,
        kept: TokenFile | None = None,
        clock: Callable[[], float] = time.monotonic,
        **more: Any,
    ) -> Auth:
        return OAuth(client, self.grant(**more), timeout_seconds=5.0, kept=kept, clock=clock)

    def expire(self) -> None:
        self.current = None

    def answer(self, asked: Asked) -> Reply:
        said = dict(parse_qsl(asked.body.decode()))
        if (asked.method, asked.path) != ("POST", "/oauth/token"):
            return Reply(404, {"error": "not_found"})
        if asked.headers.get("content-type") != "application/x-www-form-urlencoded":
            return Reply(400, {"error": "invalid_request"})
        if _client(asked, said) != (CLIENT_ID, CLIENT_SECRET):
            return Reply(401, {"error": "invalid_client"})
        match said.get("grant_type"):
            case "client_credentials":
                return self._issue({})
            case "refresh_token" if said.get("refresh_token") == self.refresh:
                return self._issue(self._rotated())
            case "refresh_token":
                return Reply(400, {"error": "invalid_grant"})
        return Reply(400, {"error": "unsupported_grant_type"})

    def _rotated(self) -> dict[str, str]:
        if self.rotates:
            self.refresh = f"hush-refresh-{next(self._numbers)}"
        return {"refresh_token": self.refresh}

    def _issue(self, more: dict[str, str]) -> Reply:
        self.issued += 1
        self.current = f"hush-access-{self.issued}"
        lasts = {} if self.lifetime is None else {"expires_in": self.lifetime}
        return Reply(200, {"access_token": self.current, "token_type": "Bearer", **lasts, **more, **self.more})


def _client(asked: Asked, said: dict[str, str]) -> tuple[str, ...]:
    """In the body, or in an Authorization header (RFC 6749, 2.3.1)."""
    scheme, _, pair = asked.headers.get("authorization", "").partition(" ")
    if scheme != "Basic":
        return said.get("client_id", ""), said.get("client_secret", "")
    return tuple(unquote_plus(part) for part in base64.b64decode(pair).decode().split(":"))
