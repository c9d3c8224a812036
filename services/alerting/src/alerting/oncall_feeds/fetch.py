"""Fetching a calendar over HTTP: bounded in size and time, and only from where it was configured."""

import asyncio
import ssl
from dataclasses import dataclass

import httpx
from pydantic import SecretStr

from events.loopback import is_loopback

LARGEST_BYTES = 2 * 1024 * 1024
TIMEOUT_SECONDS = 20.0
MOST_REDIRECTS = 3
_LONGEST_HEADER = 500


class NotFetched(Exception):
    """The source did not answer with a calendar this time; try again later. The text is for people, and no secret."""


@dataclass(frozen=True, slots=True)
class Fetched:
    content: bytes
    etag: str | None
    last_modified: str | None


class Fetcher:
    """A redirect is followed to the same scheme, host and port, and nowhere else."""

    def __init__(self, *, timeout: float = TIMEOUT_SECONDS, largest: int = LARGEST_BYTES) -> None:
        self._timeout = timeout
        self._largest = largest
        context = ssl.create_default_context()
        self._outside = httpx.AsyncClient(timeout=timeout, follow_redirects=False, verify=context)
        # a proxy cannot reach this machine's loopback
        self._inside = httpx.AsyncClient(timeout=timeout, follow_redirects=False, verify=context, trust_env=False)

    async def fetch(self, address: SecretStr, etag: str | None, last_modified: str | None) -> Fetched | None:
        """None where it is still what these two stand for. Raises NotFetched."""
        headers = {"accept": "text/calendar, */*;q=0.1", "accept-encoding": "identity", "user-agent": "amends-alerting"}
        if etag:
            headers["if-none-match"] = etag
        if last_modified:
            headers["if-modified-since"] = last_modified
        try:
            async with asyncio.timeout(self._timeout):
                return await self._follow(httpx.URL(address.get_secret_value()), headers)
        except (TimeoutError, httpx.TimeoutException):
            raise NotFetched(f"no answer within {self._timeout:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:  # its message would say the address
            raise NotFetched(f"could not be reached ({type(error).__name__})") from None

    async def close(self) -> None:
        await self._outside.aclose()
        await self._inside.aclose()

    async def _follow(self, url: httpx.URL, headers: dict[str, str]) -> Fetched | None:
        client = self._inside if is_loopback(url.host) else self._outside
        for _ in range(MOST_REDIRECTS + 1):
            async with client.stream("GET", url, headers=headers) as response:
                if not response.has_redirect_location:
                    return await self._taken(
                        response, conditional="if-none-match" in headers or "if-modified-since" in headers
                    )
                url = _next(url, response.headers["location"])
        raise NotFetched(f"redirects more than {MOST_REDIRECTS} times")

    async def _taken(self, response: httpx.Response, *, conditional: bool) -> Fetched | None:
        if response.status_code == 304 and conditional:
            return None
        if response.status_code != 200:
            raise NotFetched(f"answered {response.status_code}")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise NotFetched("answered in a compression that was not asked for")
        content = bytearray()
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > self._largest:
                raise NotFetched(f"is larger than {self._largest} bytes")
        return Fetched(bytes(content), _repeatable(response, "etag"), _repeatable(response, "last-modified"))


def _repeatable(response: httpx.Response, name: str) -> str | None:
    """A header as we can send it back."""
    said = response.headers.get(name, "")
    return said if 0 < len(said) <= _LONGEST_HEADER and said.isascii() else None


def _next(url: httpx.URL, location: str) -> httpx.URL:
    target = url.join(location)
    if (target.scheme, target.host, target.port) != (url.scheme, url.host, url.port):
        raise NotFetched("redirects to elsewhere, which is not followed: configure the address it leads to")
    return target
