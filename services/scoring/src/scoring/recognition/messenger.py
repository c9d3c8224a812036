"""People's e-mail, chat and a hundred other services, through Apprise."""

import asyncio
import logging
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol
from urllib.parse import quote

from apprise import Apprise, AppriseResultStatus, NotifyFormat

TIMEOUT_SECONDS = 10.0
AT_ONCE = 4
AGENT = "{agent}"


class Messenger(Protocol):
    async def send(self, url: str, title: str, body: str) -> str | None:
        """Try once, bounded in time. None when it was taken, else the problem, in words that hold nothing secret."""
        ...


def url_complaint(url: str) -> str | None:
    """Why Apprise cannot use this; None when it can. Never repeats the URL: it holds secrets."""
    return None if _service(for_agent(url, "somebody")) is not None else "is not a URL Apprise knows"


def for_agent(url: str, agent: str) -> str:
    """A template with the agent filled in, so that nothing in the id can change where it leads."""
    return url.replace(AGENT, quote(agent, safe=""))


def _service(url: str) -> Apprise | None:
    # Apprise names addresses and hosts in its log; what went wrong is kept on the message instead.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    service = Apprise()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its plugins import imghdr while Python still has it
        return service if service.add(url) else None


class AppriseMessenger:
    """Apprise is synchronous: it runs in threads of its own."""

    def __init__(self, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._timeout = timeout
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="messages")

    async def send(self, url: str, title: str, body: str) -> str | None:
        """Apprise has no field for a key by which the receiver could tell a repeat."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout + 1):
                return await loop.run_in_executor(self._threads, self._notify, url, title, body)
        except TimeoutError:
            return f"no answer within {self._timeout:g} s"

    def _notify(self, url: str, title: str, body: str) -> str | None:
        service = _service(url)
        if service is None:
            return "is not a URL Apprise knows"
        result = service.notify(title=title, body=body, body_format=NotifyFormat.TEXT, timeout=self._timeout)
        if result:
            return None
        if result.status == AppriseResultStatus.TIMEOUT:
            return f"no answer within {self._timeout:g} s"
        return "was not accepted, or the service could not be reached"

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
