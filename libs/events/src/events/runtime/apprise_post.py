"""People's e-mail, chat and a hundred other services, through Apprise (behind the extra ``amends-events[apprise]``)."""

import asyncio
import logging
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from apprise import Apprise, AppriseResultStatus

UNKNOWN = "is not a URL Apprise knows"

Compose = Callable[[Apprise], Mapping[str, Any]]
"""What ``notify`` is called with, for a service with these abilities."""


def url_complaint(url: str) -> str | None:
    """Why Apprise cannot use this; None when it can. Never repeats the URL: it holds secrets."""
    return None if _service(url) is not None else UNKNOWN


class ApprisePost:
    """Apprise is synchronous: it runs in threads of this post's own, so that one that hangs holds up no other."""

    def __init__(self, name: str, *, timeout: float, at_once: int) -> None:
        """``timeout``: seconds one attempt may take. ``at_once``: how many go out at the same time."""
        self._timeout = timeout
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=name)

    async def send(self, url: str, compose: Compose) -> str | None:
        """Try once, bounded in time. None when it was taken, else the problem, in words that hold nothing secret."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout + 1):
                return await loop.run_in_executor(self._threads, self._notify, url, compose)
        except TimeoutError:
            return self._late

    def _notify(self, url: str, compose: Compose) -> str | None:
        service = _service(url)
        if service is None:
            return UNKNOWN
        result = service.notify(**compose(service), timeout=self._timeout)
        if result:
            return None
        if result.status == AppriseResultStatus.TIMEOUT:
            return self._late
        return "was not accepted, or the service could not be reached"

    @property
    def _late(self) -> str:
        return f"no answer within {self._timeout:g} s"

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _service(url: str) -> Apprise | None:
    # Apprise names addresses and hosts in its log; what went wrong is kept with the message instead.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    service = Apprise()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its plugins import imghdr while Python still has it
        return service if service.add(url) else None
