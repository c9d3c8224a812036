"""Any CRM with a JSON profile resource: ETag and If-Match where offered, an idempotency key always.

    GET  {url}  →  200 {"fields": {"language": {"value": "bn", …}, …}} and an ETag, or 404 for a customer not known yet
    PATCH {url}    {"fields": {"language": {"value": "bn", "stated_at": "…", "source": "…"}, "note": null}}

Each field is replaced whole; null clears it. A redirect is never followed, an answer is read up to 256 KiB.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx
from pydantic import SecretStr

from profile_sync.core.converge import Change, Profile
from profile_sync.core.preferences import Customer
from profile_sync.core.replies import Reason, Reply
from profile_sync.core.templates import UrlTemplate

MAX_REPLY_BYTES = 256 * 1024
MAX_ETAG = 512


class _Unreadable(Exception):
    """The answer is too large, compressed unasked, or not a profile."""


class RestCrm:
    def __init__(
        self, client: httpx.AsyncClient, url: UrlTemplate, token: SecretStr | None, timeout_seconds: float
    ) -> None:
        """``timeout_seconds`` bounds a whole exchange, however slowly the bytes drip."""
        self._client = client
        self._url = url
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token.get_secret_value()}"
        self._timeout = timeout_seconds

    async def read(self, customer: Customer) -> Profile | Reply:
        answer = await self._exchange("GET", customer, {}, None)
        if isinstance(answer, Reply):
            return answer
        response, body = answer
        if response.status_code == 404:
            return Profile({}, exists=False)
        if not response.is_success:
            return _reply(response)
        try:
            return Profile(_fields(response, body), _etag(response))
        except _Unreadable:
            return Reply(failure=Reason.UNREADABLE)

    async def write(self, customer: Customer, change: Change) -> Reply:
        headers = {"Idempotency-Key": change.key, "Content-Type": "application/merge-patch+json"}
        if not change.exists:
            headers["If-None-Match"] = "*"
        elif change.etag is not None:
            headers["If-Match"] = change.etag
        answer = await self._exchange("PATCH", customer, headers, {"fields": dict(change.fields)})
        return answer if isinstance(answer, Reply) else _reply(answer[0])

    async def _exchange(
        self, method: str, customer: Customer, headers: Mapping[str, str], body: Any
    ) -> tuple[httpx.Response, bytes] | Reply:
        try:
            url = self._url.expand(customer)
        except ValueError:
            return Reply(failure=Reason.UNADDRESSABLE)
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        request = self._client.build_request(method, url, headers={**self._headers, **headers}, content=content)
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._client.send(request, stream=True, follow_redirects=False)
                try:
                    return response, await _body(response)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.TimeoutException):
            return Reply(failure=Reason.TIMEOUT)
        except httpx.HTTPError:
            return Reply(failure=Reason.UNREACHABLE)


async def _body(response: httpx.Response) -> bytes:
    """The bytes as they came, so that nothing is unpacked. Cut off where there are too many."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_REPLY_BYTES:
            break
    return bytes(body[: MAX_REPLY_BYTES + 1])


def _fields(response: httpx.Response, body: bytes) -> Mapping[str, Any]:
    encoding = response.headers.get("content-encoding", "identity")
    if response.status_code != 200 or encoding != "identity" or len(body) > MAX_REPLY_BYTES:
        raise _Unreadable
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _Unreadable from error
    fields = document.get("fields") if isinstance(document, dict) else None
    if not isinstance(fields, dict):
        raise _Unreadable
    return fields


def _etag(response: httpx.Response) -> str | None:
    """It goes back into a header of ours, so only what a header may hold."""
    etag: str | None = response.headers.get("etag")
    if etag is not None and not (etag.isascii() and etag.isprintable() and len(etag) <= MAX_ETAG):
        raise _Unreadable
    return etag


def _reply(response: httpx.Response) -> Reply:
    return Reply(response.status_code, response.headers.get("retry-after"))
