"""Posting to ingest until there is an answer that means something, whatever the network does meanwhile."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from amends.errors import CommandError
from events import retry_after

LONGEST_WAIT = 60.0
AWAY = (429, 502, 503, 504)


class Poster:
    """Posts to one ingest service.

    Args:
        patience: for how many seconds in a row it may be away before we give up.
        notice: told, in a sentence, why we wait.
    """

    def __init__(
        self, client: httpx.AsyncClient, url: str, key: str, *, notice: Callable[[str], None], patience: float = 300.0
    ) -> None:
        self._client = client
        self.url = url.rstrip("/")
        self._key = {"Authorization": f"Bearer {key}"}
        self._notice = notice
        self._patience = patience

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """The first answer that is not "later". After no answer the same is sent again: same id, same event.

        Raises:
            CommandError: away for longer than our patience, or an address that cannot be called.
        """
        waited, attempt = 0.0, 0
        while True:
            response, wait = await self._try(path, body, headers, attempt)
            if response is not None and response.status_code not in AWAY:
                return response
            reason = f"answers {response.status_code}" if response is not None else "does not answer"
            if waited + wait > self._patience:
                raise CommandError(f"{self.url} {reason} for {self._patience:.0f} s")
            self._notice(f"{self.url} {reason}; trying again in {wait:.1f} s")
            await asyncio.sleep(wait)
            waited += wait
            attempt += 1

    async def _try(
        self, path: str, body: bytes, headers: Mapping[str, str], attempt: int
    ) -> tuple[httpx.Response | None, float]:
        """The answer, if any, and how many seconds to wait should it mean "later"."""
        backoff = min(0.25 * 2**attempt, 10.0)
        try:
            response = await self._client.post(self.url + path, content=body, headers={**self._key, **headers})
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeEncodeError) as error:
            raise CommandError(f"{self.url} is no address, or the key no key, that can be sent") from error
        except httpx.TransportError:
            return None, backoff
        asked = retry_after.seconds(response.headers.get("Retry-After"), datetime.now(UTC))
        return response, backoff if asked is None else min(max(asked, 0.0), LONGEST_WAIT)


def refused(response: httpx.Response) -> str:
    """What a problem document says, in a line."""
    body = document(response)
    said = [str(body[name]) for name in ("title", "detail") if body.get(name)]
    said += [f"{item.get('pointer')} {item.get('detail')}" for item in body.get("errors", ()) if isinstance(item, dict)]
    return f"{response.url} answers {response.status_code}: {'; '.join(said) or 'it does not say why'}"


def document(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer; empty where it holds none."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
