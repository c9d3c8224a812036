"""Messages to agents and their managers, through Apprise."""

from urllib.parse import quote

from apprise import NotifyFormat

from events.runtime import apprise_post
from events.runtime.apprise_post import ApprisePost

TIMEOUT_SECONDS = 10.0
AT_ONCE = 4
AGENT = "{agent}"


def url_complaint(url: str) -> str | None:
    """Why Apprise cannot use this, or what a template becomes; None when it can."""
    return apprise_post.url_complaint(for_agent(url, "somebody"))


def for_agent(url: str, agent: str) -> str:
    """A template with the agent filled in, so that nothing in the id can change where it leads."""
    return url.replace(AGENT, quote(agent, safe=""))


class AppriseMessenger:
    """Apprise has no field for a key by which the receiver could tell a repeat."""

    def __init__(self, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._post = ApprisePost("messages", timeout=timeout, at_once=AT_ONCE)

    async def send(self, url: str, title: str, body: str) -> str | None:
        """Try once, bounded in time. None when it was taken, else the problem, in words that hold nothing secret."""
        return await self._post.send(url, lambda _: {"title": title, "body": body, "body_format": NotifyFormat.TEXT})

    async def close(self) -> None:
        await self._post.close()
