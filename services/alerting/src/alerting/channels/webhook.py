"""A webhook signed by Standard Webhooks (standardwebhooks.com); ``webhook-id`` is the dedup key."""

import asyncio
import binascii
import ipaddress
import json
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from standardwebhooks import Webhook

from alerting.channels.port import Channel, Delivered, Destinations, Failed, Refused, Result
from alerting.core.message import Notice

KIND = "webhook"
TIMEOUT_SECONDS = 5.0
RETRIED_STATUS = {408, 425, 429}
_SMALLEST_SECRET = 24


def build(destinations: Destinations) -> Sequence[Channel]:
    if destinations.webhook_url is None or destinations.webhook_secret is None:
        return ()
    return (WebhookChannel(destinations.webhook_url, destinations.webhook_secret),)


def url_complaint(url: str) -> str | None:
    """Why we do not send there; None when we do. Never repeats the URL: its path may be a secret."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return "is not a URL"
    if parsed.scheme not in ("http", "https") or not parsed.host:
        return "must be an https URL"
    if parsed.scheme == "http" and not _is_loopback(parsed.host):
        return "must be https; plain http is for a receiver on this machine"
    return None


def secret_complaint(secret: str) -> str | None:
    """Why this cannot sign; None when it can."""
    try:
        key = binascii.a2b_base64(secret.removeprefix("whsec_"), strict_mode=True)
    except (binascii.Error, ValueError):
        return "must be whsec_ and base64"
    if not secret.startswith("whsec_") or len(key) < _SMALLEST_SECRET:
        return f"must be whsec_ and the base64 of at least {_SMALLEST_SECRET} random bytes"
    return None


class WebhookChannel:
    """No redirects are followed, and no answer is read beyond its status line and headers."""

    kind = KIND
    name = KIND
    at_once = 8

    def __init__(self, url: str, secret: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._url = url
        self._signer = Webhook(secret)
        self._timeout = timeout
        self._client = httpx.AsyncClient(
            timeout=timeout,
            follow_redirects=False,
            trust_env=not _is_loopback(httpx.URL(url).host),  # a proxy cannot reach this machine's loopback
            verify=ssl.create_default_context(),
        )

    async def send(self, notice: Notice, key: str) -> Result:
        body = json.dumps(notice.data, separators=(",", ":"))
        now = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "user-agent": "amends-alerting",
            "webhook-id": key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(key, now, body),
        }
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._client.stream("POST", self._url, content=body, headers=headers) as response,
            ):
                return _judge(response.status_code, response.headers, now)
        except (TimeoutError, httpx.TimeoutException):
            return Failed(f"no answer within {self._timeout:g} s")
        except (httpx.HTTPError, OSError) as error:
            return Failed(f"could not be reached ({type(error).__name__})")

    async def close(self) -> None:
        await self._client.aclose()


def _judge(status: int, headers: httpx.Headers, now: datetime) -> Result:
    if 200 <= status < 300:
        return Delivered()
    problem = f"answered {status}"
    if status in RETRIED_STATUS or status >= 500:
        return Failed(problem, _retry_after(headers.get("retry-after"), now) if status in (429, 503) else None)
    return Refused(problem + (": redirects are not followed" if 300 <= status < 400 else ""))


def _retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds: the header holds seconds or an HTTP date. None for what is neither."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (at - now).total_seconds()) if at.tzinfo else None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
