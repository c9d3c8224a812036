"""OAuth 2: an access token got when it is needed, kept until shortly before it ends, got anew where it is refused.

Two grants (RFC 6749): client credentials (4.4) and refresh token (6). The tokens are in no repr and no log.
"""

import asyncio
import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

import httpx
import structlog
from pydantic import SecretStr

from profile_sync.core.replies import Reason, Reply
from profile_sync.crms.exchange import Answer, Unreadable, send
from profile_sync.crms.token_file import TokenFile

LEEWAY_SECONDS = 60.0
"""So long before its end a token counts as ended; a tenth of its life where that is less."""
MAX_TOKEN = 8 * 1024
ERRORS = frozenset({"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "invalid_scope"})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Grant:
    """What is asked of the token endpoint.

    Attributes:
        refresh_token: None asks by client credentials.
        by_header: client id and secret go into an Authorization header (RFC 6749, 2.3.1), otherwise into the body.
        more: what else the CRM wants to be told, such as ``scope`` or ``audience``.
    """

    token_url: str
    client_id: str
    client_secret: SecretStr
    refresh_token: SecretStr | None = None
    by_header: bool = False
    more: Mapping[str, str] = field(default_factory=dict)

    def headers(self) -> dict[str, str]:
        if not self.by_header:
            return {}
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret.get_secret_value())}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def form(self, refresh_token: SecretStr | None) -> dict[str, str]:
        client = {"client_id": self.client_id, "client_secret": self.client_secret.get_secret_value()}
        grant = {"grant_type": "client_credentials"}
        if refresh_token is not None:
            grant = {"grant_type": "refresh_token", "refresh_token": refresh_token.get_secret_value()}
        return {**self.more, **grant, **({} if self.by_header else client)}


@dataclass(frozen=True, slots=True)
class _Token:
    headers: Mapping[str, str] = field(repr=False)
    good_until: float


class OAuth:
    """``clock``: monotonic seconds. ``kept``: where a refresh token that changes with every use outlives us."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        grant: Grant,
        *,
        timeout_seconds: float,
        kept: TokenFile | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._grant = grant
        self._refresh = grant.refresh_token
        self._timeout = timeout_seconds
        self._kept = kept
        self._behind = False
        self._clock = clock
        self._token: _Token | None = None
        self._asking: asyncio.Task[_Token | Reply] | None = None

    async def headers(self) -> Mapping[str, str] | Reply:
        token = self._token
        if token is None or self._clock() >= token.good_until:
            found = await self._ask_once()
            if isinstance(found, Reply):
                return found
            token = found
        return token.headers

    async def renew(self, refused: Mapping[str, str]) -> bool:
        if self._token is not None and self._token.headers == refused:
            self._token = None
        return True

    async def _ask_once(self) -> _Token | Reply:
        """Whoever comes while a token is being got waits for that one; nobody's cancellation loses it."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(self._asked)
        return await asyncio.shield(self._asking)

    def _asked(self, task: asyncio.Task[_Token | Reply]) -> None:
        self._asking = None
        if not task.cancelled() and task.exception() is None and isinstance(found := task.result(), _Token):
            self._token = found

    async def _ask(self) -> _Token | Reply:
        began, refresh = self._clock(), await self._newest()
        answer = await send(self._client, self._request(refresh), self._timeout)
        if isinstance(answer, Answer) and not answer.ok and (newer := await self._newer_than(refresh)) is not None:
            refresh, answer = newer, await send(self._client, self._request(newer), self._timeout)
        if isinstance(answer, Reply):
            return answer
        if not answer.ok:
            return _refused(answer)
        try:
            document = answer.document()
            token = _Token({"Authorization": f"Bearer {_access(document)}"}, began + _lasts(document))
        except Unreadable:
            return Reply(failure=Reason.UNREADABLE)
        if refresh is not None:
            await self._keep(refresh, document.get("refresh_token"))
        return token

    async def _newest(self) -> SecretStr | None:
        """The refresh token to use; None where there is no such grant."""
        if self._refresh is None or self._kept is None or self._behind:
            return self._refresh
        return await asyncio.to_thread(self._kept.read, self._grant.refresh_token) or self._refresh

    async def _newer_than(self, used: SecretStr | None) -> SecretStr | None:
        """What another process has put into the file since: with it, the token we used was replaced."""
        newest = await self._newest()
        return None if newest is None or used is None or newest == used else newest

    def _request(self, refresh: SecretStr | None) -> httpx.Request:
        told = {"Accept": "application/json", "Accept-Encoding": "identity", **self._grant.headers()}
        form = self._grant.form(refresh)
        return self._client.build_request("POST", self._grant.token_url, data=form, headers=told, timeout=self._timeout)

    async def _keep(self, used: SecretStr, said: Any) -> None:
        """The next refresh token, where the CRM gave one that is new."""
        if not _plain(said) or said == used.get_secret_value():
            return
        self._refresh = SecretStr(said)
        if self._kept is None:
            log.warning(
                "the CRM replaced the refresh token, and no token_file is named to keep it in: a restart loses it"
            )
            return
        try:
            await asyncio.to_thread(self._kept.write, self._grant.refresh_token, self._refresh)
            self._behind = False
        except OSError as error:
            self._behind = True  # what the file has is of the past
            log.error("the new refresh token could not be kept: a restart loses it", error=type(error).__name__)


def _refused(answer: Answer) -> Reply:
    """No token. What will not mend itself pauses the tenant (401) rather than park a customer who cannot help it."""
    try:
        document = answer.document()
    except Unreadable:
        document = None
    said = document.get("error") if isinstance(document, dict) else None
    log.warning("no access token", status=answer.status, error=said if said in ERRORS else None)
    passing = answer.status >= 500 or answer.status in (408, 425, 429)
    return answer.reply() if passing else Reply(401)


def _access(document: Any) -> str:
    """Raises Unreadable: it goes into a header of ours."""
    if not isinstance(document, dict) or str(document.get("token_type", "Bearer")).lower() != "bearer":
        raise Unreadable
    token = document.get("access_token")
    if not _plain(token):
        raise Unreadable
    return str(token)


def _plain(token: Any) -> bool:
    return (
        isinstance(token, str)
        and 0 < len(token) <= MAX_TOKEN
        and token.isascii()
        and token.isprintable()
        and " " not in token
    )


def _lasts(document: Mapping[str, Any]) -> float:
    """Seconds from the request on; without end where the CRM does not say (Salesforce does not)."""
    try:
        seconds = float(document["expires_in"])
    except (KeyError, TypeError, ValueError):
        return float("inf")
    return max(0.0, seconds - min(LEEWAY_SECONDS, seconds / 10))
