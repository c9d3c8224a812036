"""Posting a batch until it is stored or refused, whatever the network does meanwhile."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from amends.errors import CommandError
from events.problems import Problem

BATCH = "application/cloudevents-batch+json"
LONGEST_WAIT = 60.0
AWAY = (429, 502, 503, 504)

Refusals = Mapping[int, Sequence[Problem]]
"""What is wrong with which event of a batch, by its place. Empty: all of them are stored."""


class Sender:
    """Posts batches to one ingest service.

    Args:
        patience: for how many seconds in a row it may be away before we give up.
        notice: told, in a sentence, why we wait.
    """

    def __init__(
        self, client: httpx.AsyncClient, url: str, key: str, *, notice: Callable[[str], None], patience: float = 300.0
    ) -> None:
        self._client = client
        self._url = url.rstrip("/") + "/v1/events"
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": BATCH}
        self._notice = notice
        self._patience = patience

    async def send(self, batch: Sequence[Mapping[str, Any]]) -> Refusals:
        """All or nothing: either the whole batch is stored, or nothing is and the refusals say why.

        The same events are sent again after no answer, since the same id is the same event.

        Raises:
            CommandError: away for longer than our patience, or it refuses for a reason that is not in the events.
        """
        body = json.dumps(batch).encode()
        waited, attempt = 0.0, 0
        while True:
            response, wait = await self._try(body, attempt)
            if response is not None and response.status_code not in AWAY:
                return _read(response, len(batch))
            reason = f"answers {response.status_code}" if response is not None else "does not answer"
            if waited + wait > self._patience:
                raise CommandError(
                    f"{self._url} {reason} for {self._patience:.0f} s; the same command goes on where this one ended"
                )
            self._notice(f"{self._url} {reason}; trying again in {wait:.1f} s")
            await asyncio.sleep(wait)
            waited += wait
            attempt += 1

    async def _try(self, body: bytes, attempt: int) -> tuple[httpx.Response | None, float]:
        """The answer, if any, and how many seconds to wait should it mean "later"."""
        backoff = min(0.25 * 2**attempt, 10.0)
        try:
            response = await self._client.post(self._url, content=body, headers=self._headers)
        except httpx.TransportError:
            return None, backoff
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError) as error:
            raise CommandError(f"{self._url} is not an address that can be called") from error
        return response, retry_after(response.headers.get("Retry-After"), datetime.now(UTC), default=backoff)


def retry_after(header: str | None, now: datetime, *, default: float) -> float:
    """Seconds to wait: a number of them or an HTTP date, at most 60; ``default`` for anything else."""
    if header is None:
        return default
    try:
        wait = float(header) if header.strip().isdigit() else (parsedate_to_datetime(header) - now).total_seconds()
    except (ValueError, TypeError):
        return default
    return min(max(wait, 0.0), LONGEST_WAIT)


def _read(response: httpx.Response, count: int) -> Refusals:
    try:
        body = response.json()
    except ValueError:
        body = {}
    if response.status_code == 202 and isinstance(body, dict) and body.get("accepted") == count:
        return {}
    refusals = _refusals(body, count) if response.status_code in (400, 422) else {}
    if not refusals:
        raise CommandError(_refused(response, body))
    return refusals


def _refusals(body: Any, count: int) -> Refusals:
    found: dict[int, list[Problem]] = {}
    for item in body.get("errors", ()) if isinstance(body, dict) else ():
        match = re.fullmatch(r"/(\d+)(/.*)?", str(item.get("pointer", "")))
        if match and int(match[1]) < count:
            problem = Problem(match[2] or "", str(item.get("code", "")), str(item.get("detail", "")))
            found.setdefault(int(match[1]), []).append(problem)
    return found


def _refused(response: httpx.Response, body: Any) -> str:
    said = [str(body[name]) for name in ("title", "detail") if isinstance(body, dict) and body.get(name)]
    said += [
        f"{item.get('pointer')} {item.get('detail')}"
        for item in (body.get("errors", ()) if isinstance(body, dict) else ())
    ]
    return f"{response.url} answers {response.status_code}: {'; '.join(said) or 'and does not say why'}"
