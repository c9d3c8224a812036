"""Post to one vendor over HTTP: once, bounded in time, no redirects; the answer judged in the port's words.

    poster = Poster("https://api.example.com", headers={"authorization": f"Bearer {token}"})
    answer = await poster.post("/v2/alerts", as_json({"message": …}))      # raises nothing
    answer.result                       # Delivered | Failed(problem, after) | Refused(problem)
    answer.document                     # the JSON object that came with it; {} where none came
    await poster.close()                # also ends what is under way, as Failed

``post`` takes the bytes as they are sent, so that a signature over them holds; ``headers`` of one request are added to
those of all. Where the URL is a secret, give it whole to ``Poster`` and post to ``""``. A vendor that reports errors in
a 200 looks at ``document`` and makes its own result; ``answer.after`` is what Retry-After asked for. For options:
``Api`` is a base URL without a secret, ``SecretUrl`` a URL that is one, ``Token`` a secret that goes into a header;
``url_complaint`` says the same in words.
"""

import asyncio
import json
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
from pydantic import AfterValidator, SecretStr

from alerting.channels.port import Delivered, Failed, Refused, Result
from events import retry_after
from events.loopback import is_loopback
from events.runtime.named_secret import Secret

TIMEOUT_SECONDS = 8.0
"""A message may take three requests, and all of them must end within the 30 seconds a dispatcher holds it."""
RETRIED_STATUS = {408, 425, 429}
MOST_READ = 1024 * 1024
"""Bytes of an answer that are looked at; of a longer one, nothing but its status and headers counts. Slack sends the
whole message back."""
_SAYS = {
    401: "it does not accept the key",
    403: "the key may not do this",
    404: "nothing is there",
    413: "the message is too large for it",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request.

    Attributes:
        result: what the status says. Its problem holds neither a secret nor an address.
        document: the JSON object in the body; empty where there is none.
        after: seconds the vendor asked us to wait; None where it did not say.
    """

    result: Result
    document: Mapping[str, Any]
    after: float | None = None


def as_json(document: Mapping[str, Any]) -> bytes:
    """Compact UTF-8. Half a surrogate pair, which UTF-8 has no bytes for, becomes a question mark."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


class Poster:
    """One destination's connections."""

    def __init__(self, url: str, *, headers: Mapping[str, str] | None = None, timeout: float = TIMEOUT_SECONDS) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # below that it writes whole URLs, which may be secrets
        self._url = url
        self._timeout = timeout
        self._client = httpx.AsyncClient(
            headers={"user-agent": "amends-alerting", "content-type": "application/json", **(headers or {})},
            timeout=timeout,
            follow_redirects=False,
            trust_env=not is_loopback(httpx.URL(url).host),  # a proxy cannot reach this machine's loopback
            verify=ssl.create_default_context(),
        )

    async def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """``path`` is put behind the URL as it is."""
        begun: list[httpx.Response] = []
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._client.stream("POST", self._url + path, content=body, headers=headers) as response,
            ):
                begun.append(response)
                return _answer(response, await _read(response))
        except (TimeoutError, httpx.TimeoutException):
            result: Result = Failed(f"no answer within {self._timeout:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            result = Failed(f"could not be reached ({type(error).__name__})")
        except UnicodeEncodeError:
            result = Refused("a header cannot hold what it should")
        except RuntimeError:
            if not self._client.is_closed:
                raise
            result = Failed("the destination is closed")
        # A message that was taken was taken, though the rest of the answer never came.
        return _answer(begun[0], b"") if begun else Answer(result, {})

    async def close(self) -> None:
        await self._client.aclose()


async def _read(response: httpx.Response) -> bytes:
    """The body; empty where it is longer than what we look at."""
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > MOST_READ:
            return b""
    return bytes(body)


def _answer(response: httpx.Response, body: bytes) -> Answer:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    after = _retry_after(response.headers)
    return Answer(_judge(response.status_code, after), document if isinstance(document, dict) else {}, after)


def _judge(status: int, after: float | None) -> Result:
    if 200 <= status < 300:
        return Delivered()
    problem = f"answered {status}"
    if status in RETRIED_STATUS or status >= 500:
        return Failed(problem, after)
    says = "redirects are not followed" if 300 <= status < 400 else _SAYS.get(status)
    return Refused(f"{problem}: {says}" if says else problem)


def _retry_after(headers: httpx.Headers) -> float | None:
    """Seconds: the header holds seconds or a date, which counts from the vendor's own. None for what is neither."""
    said = retry_after.moment(headers.get("date", "")) or datetime.now(UTC)
    seconds = retry_after.seconds(headers.get("retry-after"), said)
    return None if seconds is None else max(0.0, seconds)


def url_complaint(url: str) -> str | None:
    """Why we do not send there; None when we do. Never repeats the URL: its path may be a secret."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return "is not a URL"
    if parsed.scheme not in ("http", "https") or not parsed.host:
        return "must be an https URL"
    if parsed.scheme == "http" and not is_loopback(parsed.host):
        return "must be https; plain http is for a receiver on this machine"
    return None


def _checked(url: str) -> str:
    if (complaint := url_complaint(url)) is not None:
        raise ValueError(complaint)
    return url.rstrip("/")


def _checked_secret(url: SecretStr) -> SecretStr:
    _checked(url.get_secret_value())
    return url


def _printable(token: SecretStr) -> SecretStr:
    value = token.get_secret_value()
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("holds a space or an odd character")
    return token


Api = Annotated[str, AfterValidator(_checked)]
SecretUrl = Annotated[Secret, AfterValidator(_checked_secret)]
Token = Annotated[Secret, AfterValidator(_printable)]
