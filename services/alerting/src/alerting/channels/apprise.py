"""E-mail, chat and a hundred other services through Apprise: every configured URL is a destination of its own."""

import asyncio
import hashlib
import logging
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from apprise import Apprise, AppriseResultStatus, NotifyFormat

from alerting.channels.port import Channel, Delivered, Destinations, Failed, Result
from alerting.core.message import Notice

KIND = "apprise"
TIMEOUT_SECONDS = 10.0


def build(destinations: Destinations) -> Sequence[Channel]:
    return tuple(AppriseChannel(url) for url in dict.fromkeys(destinations.apprise_urls))


def url_complaint(url: str) -> str | None:
    """Why Apprise cannot use this; None when it can. Never repeats the URL: it holds secrets."""
    return None if _service(url) is not None else "is not a URL Apprise knows"


def _service(url: str) -> Apprise | None:
    # Apprise names addresses and hosts in its log; what went wrong is kept on the notification instead.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    service = Apprise()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its plugins import imghdr while Python still has it
        return service if service.add(url) else None


class AppriseChannel:
    """Apprise is synchronous: it runs in threads of this channel's own, so that one that hangs holds up no other."""

    kind = KIND
    at_once = 4

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        service = _service(url)
        if service is None:
            raise ValueError("not a URL Apprise knows")
        self._apprise = service
        self._timeout = timeout
        digest = hashlib.blake2b(url.encode(), digest_size=4).hexdigest()
        self.name = f"{KIND}-{url.partition(':')[0].lower()}-{digest}"
        self._threads = ThreadPoolExecutor(self.at_once, thread_name_prefix=self.name)

    async def send(self, notice: Notice, key: str) -> Result:
        """Apprise has no field for ``key``: the receiver tells a repeat by the link to the case."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout + 1):
                return await loop.run_in_executor(self._threads, self._notify, notice)
        except TimeoutError:
            return Failed(f"no answer within {self._timeout:g} s")

    def _notify(self, notice: Notice) -> Result:
        result = self._apprise.notify(
            title=notice.title, body=notice.text, body_format=NotifyFormat.TEXT, timeout=self._timeout
        )
        if result:
            return Delivered()
        if result.status == AppriseResultStatus.TIMEOUT:
            return Failed(f"no answer within {self._timeout:g} s")
        return Failed("was not accepted, or the service could not be reached")

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
