"""Profile-sync over its API, for the desk: what customers prefer, what waits for a person, and what people decide.

It never raises: whatever goes wrong is Trouble, said as people say it.
"""

import asyncio
import json
import ssl
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from alerting.preferences_answers import Consent, Crm, Known, Parked, PreferenceNote, Waiting

SECONDS = 3.0
LARGEST_ANSWER = 8 * 1024 * 1024
LONGEST_WORDS = 300
A_PAGE = 25

Decision = Literal["accept", "reject", "retract"]
A = TypeVar("A", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Attributes:
    status: of the page that says so.
    """

    text: str
    status: int


NOTHING_THERE = Trouble("There is no such thing any more.", 404)
AWAY = Trouble("Profile-sync, which knows what customers prefer, does not answer. Try again in a moment.", 503)
UNSURE = Trouble("Profile-sync does not answer. It may be done all the same: trying again does no harm.", 503)
KEY_REFUSED = Trouble(
    "Profile-sync does not let the desk in. Whoever runs Amends can mend ALERTING_PREFERENCES_KEY: it needs the scopes"
    " preferences:read and preferences:act.",
    502,
)
ODD = Trouble("Profile-sync said something that this desk does not understand: one of the two is too old.", 502)


class _Failed(Exception):
    """No answer, or too large a one."""


class PreferencesClient:
    """``key`` is an API key of the tenant whose cases the desk shows."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}", "Accept": "application/json"}
        self._tls = ssl.create_default_context()

    async def waiting(self, kind: str = "", after: str = "", *, hints: bool = False) -> Waiting | Trouble:
        """What is doubtful, the oldest first. ``after``: the ``next`` of the page before."""
        asked = {"kind": kind, "after": after, "hints": "true" if hints else "", "limit": str(A_PAGE)}
        return await self._ask(
            Waiting, "GET", "preferences", params={name: said for name, said in asked.items() if said}
        )

    async def parked(self, after: str = "") -> Parked | Trouble:
        """Customers whose CRM is not as it should be."""
        asked = {"limit": str(A_PAGE)} | ({"after": after} if after else {})
        return await self._ask(Parked, "GET", "parked", params=asked)

    async def customer(self, customer_id: str) -> Known | Trouble:
        return await self._ask(Known, "GET", _path("customers", customer_id, "preferences"))

    async def decide(self, note_id: str, decision: Decision, by: str) -> PreferenceNote | Trouble:
        return await self._ask(PreferenceNote, "POST", _path("preferences", note_id, decision), json={"by": by})

    async def retry(self, customer_id: str, by: str) -> Crm | Trouble:
        return await self._ask(Crm, "POST", _path("parked", customer_id, "retry"), json={"by": by})

    async def consent(self, customer_id: str, extraction: bool, by: str) -> Consent | Trouble:
        said = {"by": by, "extraction": extraction}
        return await self._ask(Consent, "PUT", _path("customers", customer_id, "consent"), json=said)

    async def _ask(self, kind: type[A], method: str, path: str | None, **request: Any) -> A | Trouble:
        if path is None:
            return NOTHING_THERE
        try:
            status, body = await self._fetch(method, f"{self._url}/v1/{path}", **request)
        except _Failed:
            return AWAY if method == "GET" else UNSURE
        if status not in (200, 202):
            return _trouble(status, body)
        try:
            return kind.model_validate_json(body)
        except ValidationError:
            return ODD

    async def _fetch(self, method: str, url: str, **request: Any) -> tuple[int, bytes]:
        """Status and body. A redirect is not followed: the key is meant for nobody else. Raises _Failed."""
        body = bytearray()
        try:
            async with (
                asyncio.timeout(SECONDS),
                httpx.AsyncClient(timeout=SECONDS, headers=self._headers, verify=self._tls, trust_env=False) as client,
                client.stream(method, url, **request) as response,
            ):
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > LARGEST_ANSWER:
                        raise _Failed
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            raise _Failed from error
        return response.status_code, bytes(body)


def _path(*parts: str) -> str | None:
    """None for what would be another path: dots alone cannot be encoded away."""
    return "/".join(quote(part, safe="") for part in parts) if {"", ".", ".."}.isdisjoint(parts) else None


def _trouble(status: int, body: bytes) -> Trouble:
    if status in (401, 403):
        return KEY_REFUSED
    if status in (404, 409):
        return Trouble(_detail(body) or NOTHING_THERE.text, status)
    return AWAY if status >= 500 else ODD


def _detail(body: bytes) -> str:
    """What a problem says to people; "" where it says nothing."""
    try:
        problem = json.loads(body)
        said = problem.get("detail") or problem.get("title") or ""
    except (ValueError, RecursionError, AttributeError):
        return ""
    return str(said)[:LONGEST_WORDS]
