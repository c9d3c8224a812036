"""A digest through Apprise: HTML to mail services, Markdown to the others, attachments to those that take them."""

import asyncio
import logging
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from apprise import Apprise, AppriseAttachment, AppriseResultStatus, NotifyFormat
from apprise.attachment.memory import AttachMemory

from scoring.core.digest import markdown, table, words
from scoring.core.digest.report import Report
from scoring.digests.rendering import html

TIMEOUT_SECONDS = 30.0
AT_ONCE = 2

MAIL = frozenset(
    (
        *("mailto", "mailtos", "azure", "brevo", "mailersend", "mailgun", "o365", "postmark", "resend", "sendgrid"),
        *("sendpulse", "ses", "smtp2go", "sparkpost"),
    )
)
"""Apprise services that carry a whole HTML page; others know a few tags of it at most."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent to one service. ``attached``: (file name, media type, content)."""

    title: str
    body: str
    format: NotifyFormat
    attached: tuple[tuple[str, str, str], ...] = ()


def url_complaint(url: str) -> str | None:
    """Why Apprise cannot use this; None when it can. Never repeats the URL: it holds secrets."""
    return None if _service(url) is not None else "is not a URL Apprise knows"


def letter(report: Report, *, mail: bool, attachments: bool, longest: int) -> Letter:
    """What to send where mail is read, files are taken or not, and ``longest`` characters fit."""
    title = f"{report.title}: {words.days(report.period)}"
    name = f"digest-{report.period.first:%Y-%m-%d}"
    numbers = (f"{name}.csv", "text/csv", table.csv(report))
    if mail:
        return Letter(title, html(report), NotifyFormat.HTML, (numbers,) if attachments else ())
    whole = markdown.markdown(report)
    body = whole if len(whole) <= longest else markdown.brief(report, longest)
    files = ((f"{name}.html", "text/html", html(report)), numbers) if attachments else ()
    return Letter(title, body, NotifyFormat.MARKDOWN, files)


class Post:
    """Apprise is synchronous: it runs in threads of its own."""

    def __init__(self, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._timeout = timeout
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="digests")

    async def send(self, url: str, report: Report) -> str | None:
        """Try once, bounded in time. None when it was taken, else the problem, in words that hold nothing secret."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout + 1):
                return await loop.run_in_executor(self._threads, self._send, url, report)
        except TimeoutError:
            return f"no answer within {self._timeout:g} s"

    def _send(self, url: str, report: Report) -> str | None:
        found = _service(url)
        if found is None:
            return "is not a URL Apprise knows"
        service, scheme = found[0], url.partition("://")[0].lower()
        made = letter(
            report,
            mail=scheme in MAIL and service.resolve_format(NotifyFormat.HTML) == NotifyFormat.HTML,
            attachments=bool(service.attachment_support),
            longest=service.body_maxlen,
        )
        result = found.notify(
            title=made.title,
            body=made.body,
            # A service for plain text gets our Markdown as it is: it reads well, and a converted table does not.
            body_format=service.resolve_format(made.format) if made.format == NotifyFormat.MARKDOWN else made.format,
            attach=_attached(made) if made.attached else None,
            timeout=self._timeout,
        )
        if result:
            return None
        if result.status == AppriseResultStatus.TIMEOUT:
            return f"no answer within {self._timeout:g} s"
        return "was not accepted, or the service could not be reached"

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _attached(made: Letter) -> AppriseAttachment:
    memory: Callable[..., Any] = AttachMemory
    files = [memory(content, name=name, mimetype=kind) for name, kind, content in made.attached]
    return AppriseAttachment(files)


def _service(url: str) -> Apprise | None:
    # Apprise names addresses and hosts in its log; what went wrong is kept with the delivery instead.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    service = Apprise()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its plugins import imghdr while Python still has it
        return service if service.add(url) else None
