"""Chat, phones and a hundred other services through Apprise: every URL is a destination of its own."""

import hashlib
from typing import Annotated, Literal

from apprise import NotifyFormat
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from alerting.channels.port import Channel, Delivered, Envelope, Failed, Result
from alerting.core.message import Notice, What
from events.runtime.apprise_post import ApprisePost, url_complaint
from events.runtime.named_secret import Secret

KIND = "apprise"
TIMEOUT_SECONDS = 10.0
PER_MINUTE = 20


def _known(url: SecretStr) -> SecretStr:
    if (complaint := url_complaint(url.get_secret_value())) is not None:
        raise ValueError(complaint)
    return url


class Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["apprise"] = "apprise"
    url: Annotated[Secret, AfterValidator(_known)]
    per_minute: Annotated[int, Field(ge=1)] | None = PER_MINUTE


def build(name: str, options: Options) -> Channel:
    return AppriseChannel(options.url.get_secret_value(), name=name, per_minute=options.per_minute)


def name_of(url: str) -> str:
    """A name for a URL that was given none: it stays the same and tells no secret."""
    digest = hashlib.blake2b(url.encode(), digest_size=4).hexdigest()
    return f"{KIND}-{url.partition(':')[0].lower()}-{digest}"


class AppriseChannel:
    """One URL, with threads of its own. It is shared: the URL says who is reached."""

    kind = KIND
    at_once = 4
    personal = False
    tells: frozenset[What] = frozenset({"page", "reminder", "incident", "bundle"})

    def __init__(
        self,
        url: str,
        *,
        name: str | None = None,
        per_minute: int | None = PER_MINUTE,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        if (complaint := url_complaint(url)) is not None:
            raise ValueError(complaint)
        self.name = name or name_of(url)
        self.per_minute = per_minute
        self._url = url
        self._post = ApprisePost(self.name, timeout=timeout, at_once=self.at_once)

    async def send(self, notice: Notice, _: Envelope) -> Result:
        """Apprise has no field for the key: people tell a repeat by the link to the case."""
        message = {"title": notice.title, "body": notice.text, "body_format": NotifyFormat.TEXT}
        problem = await self._post.send(self._url, lambda _: message)
        return Delivered() if problem is None else Failed(problem)

    async def close(self) -> None:
        await self._post.close()
