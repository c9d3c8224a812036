"""One call to a CRM: bounded in time and size, never following a redirect, with one renewal of a refused token.

Whatever comes back is untrusted input.
"""

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import structlog

from profile_sync.core.replies import Reason, Reply
from profile_sync.crms.auth import Auth

log = structlog.get_logger()

MAX_REPLY_BYTES = 256 * 1024
MAX_ETAG = 512


class Unreadable(Exception):
    """The answer is too large, compressed unasked, or not what the CRM's documentation says."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``body`` is cut off above 256 KiB."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def reply(self) -> Reply:
        return Reply(self.status, self.headers.get("retry-after"))

    def document(self) -> Any:
        """The body as JSON. Raises Unreadable."""
        encoding = self.headers.get("content-encoding", "identity")
        if encoding != "identity" or len(self.body) > MAX_REPLY_BYTES:
            raise Unreadable
        try:
            return json.loads(self.body, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise Unreadable from error

    def etag(self) -> str | None:
        """Raises Unreadable: it goes back into a header of ours, so only what a header may hold."""
        etag: str | None = self.headers.get("etag")
        if etag is not None and not (etag.isascii() and etag.isprintable() and len(etag) <= MAX_ETAG):
            raise Unreadable
        return etag


def _no_number(said: str) -> Any:
    raise ValueError(said)  # NaN and Infinity are no JSON, and no value is equal to the first


class Exchange:
    def __init__(self, client: httpx.AsyncClient, auth: Auth, timeout_seconds: float) -> None:
        """``timeout_seconds`` bounds a whole exchange, however slowly bytes drip: token and second try included."""
        self._client = client
        self._auth = auth
        self._timeout = timeout_seconds

    async def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: Any = None
    ) -> Answer | Reply:
        """Send ``body`` as JSON. Returns a Reply where no answer came. A 401 is tried once more with a new token."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._twice(method, url, headers or {}, body)
        except TimeoutError:
            return Reply(failure=Reason.TIMEOUT)

    async def _twice(self, method: str, url: str, headers: Mapping[str, str], body: Any) -> Answer | Reply:
        access = await self._auth.headers()
        if isinstance(access, Reply):
            return access
        answer = await self._send(method, url, {**headers, **access}, body)
        if isinstance(answer, Reply) or answer.status != 401 or not await self._auth.renew(access):
            return answer
        access = await self._auth.headers()
        return access if isinstance(access, Reply) else await self._send(method, url, {**headers, **access}, body)

    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: Any) -> Answer | Reply:
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode(errors="replace")
        typed = {} if body is None else {"Content-Type": "application/json"}
        told = {"Accept": "application/json", "Accept-Encoding": "identity", **typed, **headers}
        try:
            request = self._client.build_request(method, url, headers=told, content=content, timeout=self._timeout)
        except httpx.InvalidURL:
            return Reply(failure=Reason.UNADDRESSABLE)
        return await send(self._client, request, self._timeout)


async def send(client: httpx.AsyncClient, request: httpx.Request, timeout_seconds: float) -> Answer | Reply:
    """Nothing is followed and nothing unpacked. Returns a Reply where no answer came."""
    try:
        async with asyncio.timeout(timeout_seconds):
            response = await client.send(request, stream=True, follow_redirects=False)
            try:
                return Answer(response.status_code, response.headers, await _bytes(response))
            finally:
                await response.aclose()
    except (TimeoutError, httpx.TimeoutException):
        return Reply(failure=Reason.TIMEOUT)
    except httpx.HTTPError as error:
        if _unbelieved(error):
            log.warning("the certificate of the CRM is not believed")
        return Reply(failure=Reason.UNREACHABLE)


def _unbelieved(error: BaseException | None) -> bool:
    """It stands somewhere among the causes."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


async def _bytes(response: httpx.Response) -> bytes:
    """As they came, so that nothing is unpacked. Cut off where there are too many."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_REPLY_BYTES:
            break
    return bytes(body[: MAX_REPLY_BYTES + 1])
