"""E-mail, chat and a hundred other services through Apprise: every configured URL is a destination of its own."""

import hashlib
from collections.abc import Sequence

from apprise import NotifyFormat

from alerting.channels.port import Channel, Delivered, Destinations, Failed, Result
from alerting.core.message import Notice
from events.runtime.apprise_post import ApprisePost, url_complaint

KIND = "apprise"
TIMEOUT_SECONDS = 10.0


def build(destinations: Destinations) -> Sequence[Channel]:
    return tuple(AppriseChannel(url) for url in dict.fromkeys(destinations.apprise_urls))


class AppriseChannel:
    """One URL, with threads of its own."""

    kind = KIND
    at_once = 4

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        if (complaint := url_complaint(url)) is not None:
            raise ValueError(complaint)
        digest = hashlib.blake2b(url.encode(), digest_size=4).hexdigest()
        self.name = f"{KIND}-{url.partition(':')[0].lower()}-{digest}"
        self._url = url
        self._post = ApprisePost(self.name, timeout=timeout, at_once=self.at_once)

    async def send(self, notice: Notice, key: str) -> Result:
        """Apprise has no field for ``key``: the receiver tells a repeat by the link to the case."""
        message = {"title": notice.title, "body": notice.text, "body_format": NotifyFormat.TEXT}
        problem = await self._post.send(self._url, lambda _: message)
        return Delivered() if problem is None else Failed(problem)

    async def close(self) -> None:
        await self._post.close()
