"""A webhook signed by Standard Webhooks (standardwebhooks.com); ``webhook-id`` is the key of the notification.

It is told every transition: ``case.opened``, ``case.escalated``, ``case.claimed``, ``case.contacted``, ``case.closed``,
``case.reopened``, ``case.reminder``, ``incident.opened`` and, where it is throttled, ``bundle``.
"""

import binascii
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from standardwebhooks import Webhook

from alerting.channels.http import Poster, SecretUrl, as_json
from alerting.channels.port import Channel, Envelope, Result
from alerting.core.message import WHATS, Notice
from events.runtime.named_secret import Secret

KIND = "webhook"
TIMEOUT_SECONDS = 5.0
_SMALLEST_SECRET = 24


def secret_complaint(secret: str) -> str | None:
    """Why this cannot sign; None when it can."""
    try:
        key = binascii.a2b_base64(secret.removeprefix("whsec_"), strict_mode=True)
    except (binascii.Error, ValueError):
        return "must be whsec_ and base64"
    if not secret.startswith("whsec_") or len(key) < _SMALLEST_SECRET:
        return f"must be whsec_ and the base64 of at least {_SMALLEST_SECRET} random bytes"
    return None


def _signing(secret: SecretStr) -> SecretStr:
    if (complaint := secret_complaint(secret.get_secret_value())) is not None:
        raise ValueError(complaint)
    return secret


class Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["webhook"] = "webhook"
    url: SecretUrl
    secret: Annotated[Secret, AfterValidator(_signing)]
    per_minute: Annotated[int, Field(ge=1)] | None = None


def build(name: str, options: Options) -> Channel:
    url, secret = options.url.get_secret_value(), options.secret.get_secret_value()
    return WebhookChannel(url, secret, name=name, per_minute=options.per_minute)


class WebhookChannel:
    """One receiver. No redirects are followed; of its answer only status and headers count."""

    kind = KIND
    at_once = 8
    personal = False
    tells = frozenset(WHATS)

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        name: str = KIND,
        per_minute: int | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self.name = name
        self.per_minute = per_minute
        self._signer = Webhook(secret)
        self._poster = Poster(url, timeout=timeout)

    async def send(self, notice: Notice, envelope: Envelope) -> Result:
        body = as_json(notice.data)
        now = datetime.now(UTC)
        headers = {
            "webhook-id": envelope.key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(envelope.key, now, body.decode()),
        }
        return (await self._poster.post("", body, headers)).result

    async def close(self) -> None:
        await self._poster.close()
