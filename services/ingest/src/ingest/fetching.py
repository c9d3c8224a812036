"""Asking a vendor's API for what its event only points at: one GET, bounded in time and bytes, believed in nothing.

A redirect is never followed and a cookie never kept, so a token goes to the configured address and nowhere else.
"""

import asyncio
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from events import strict_json
from events.problems import Invalid
from ingest.core.formats import MAX_STRING_BYTES
from ingest.core.replies import Fetched, Later, Park, Patience, Pause, Reason, Refusal, refusal
from ingest.core.source import Api
from ingest.vendors.vendor import Enrichment

MAX_BYTES = 2 * 1024 * 1024
EXCHANGE_SECONDS = 15.0


def new_client(connections: int) -> httpx.AsyncClient:
    """A client that takes nothing from its surroundings and keeps nothing between requests but connections."""
    nothing = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    limits, authorities = httpx.Limits(max_connections=connections), ssl.create_default_context()
    return httpx.AsyncClient(
        limits=limits, verify=authorities, trust_env=False, cookies=nothing, follow_redirects=False
    )


class Fetcher:
    """``seconds`` bounds a whole exchange, however slowly the bytes drip. The client is the caller's to close."""

    def __init__(
        self, client: httpx.AsyncClient, patience: Patience | None = None, *, seconds: float = EXCHANGE_SECONDS
    ) -> None:
        self._client = client
        self._patience = patience or Patience()
        self._seconds = seconds

    async def fetch(
        self, enrichment: Enrichment, api: Api, token: str, reference: Mapping[str, str]
    ) -> Fetched | Refusal:
        """The document, or what to do about there being none. Raises nothing that a vendor can cause."""
        url = _address(api, enrichment.path(reference))
        if url is None:
            return Park(Reason.UNADDRESSABLE)
        name, before = enrichment.header
        if not (token and token.isascii() and token.isprintable()):  # the client's own complaint would repeat it
            return Pause(Reason.NOT_CONFIGURED, self._patience.unauthorized)
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", name: before + token}
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream("GET", url, headers=headers, timeout=self._seconds) as response,
            ):
                return await self._read(response)
        except (TimeoutError, httpx.TimeoutException):
            return Later(Reason.TIMEOUT)
        except httpx.HTTPError:
            return Later(Reason.UNREACHABLE)

    async def _read(self, response: httpx.Response) -> Fetched | Refusal:
        if response.status_code != 200:
            now = datetime.now(UTC)
            return refusal(response.status_code, response.headers.get("retry-after"), now, self._patience)
        if not _is_plain_json(response.headers):
            return Later(Reason.UNREADABLE)
        body = await _body(response)
        if body is None:
            return Park(Reason.TOO_LARGE)
        try:
            # In a thread: two megabytes would keep every sender of ours waiting.
            return Fetched(await asyncio.to_thread(strict_json.loads, body, string_bytes=MAX_STRING_BYTES))
        except Invalid:
            return Later(Reason.UNREADABLE)


def _address(api: Api, path: str) -> httpx.URL | None:
    """None where an id in the path would lead elsewhere than its adapter meant: out of its folder, to another host."""
    try:
        url = httpx.URL(api.base_url + path)
    except (httpx.InvalidURL, UnicodeError):
        return None
    return url if path.startswith("/") and url.raw_path == path.encode() else None


def _is_plain_json(headers: httpx.Headers) -> bool:
    media: str = headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding: str = headers.get("content-encoding", "identity").strip().lower()
    return encoding == "identity" and (media == "application/json" or media.endswith("+json"))


async def _body(response: httpx.Response) -> bytes | None:
    """The bytes as they came, so that nothing is unpacked; None where there are too many."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            return None
    return bytes(body)
