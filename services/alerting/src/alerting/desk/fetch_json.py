"""Asking a provider for JSON, with an end to how long it takes and how much it is."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from typing import Any

import httpx

TIMEOUT_SECONDS = 10.0
LARGEST_ANSWER = 1024 * 1024


class Away(Exception):
    """The provider does not answer, or not as one. Nothing is wrong with the visitor."""


async def fetch(method: str, url: str, **request: Any) -> tuple[int, Mapping[str, Any]]:
    """Status and JSON object, {} where it is none. A redirect is not followed: the code is meant for nobody else.

    Raises Away.
    """
    body, authorities = bytearray(), ssl.create_default_context()
    try:
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            httpx.AsyncClient(
                timeout=TIMEOUT_SECONDS, headers={"Accept": "application/json"}, verify=authorities
            ) as client,
            client.stream(method, url, **request) as response,
        ):
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise Away("too large an answer")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
        raise Away(type(error).__name__) from error
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    return response.status_code, found if isinstance(found, dict) else {}
