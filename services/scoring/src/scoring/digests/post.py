"""A digest through Apprise: HTML to mail services, Markdown to the others, attachments to those that take them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from apprise import Apprise, AppriseAttachment, NotifyFormat
from apprise.attachment.memory import AttachMemory

from events.runtime.apprise_post import ApprisePost
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
    """Sends digests."""

    def __init__(self, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._post = ApprisePost("digests", timeout=timeout, at_once=AT_ONCE)

    async def send(self, url: str, report: Report) -> str | None:
        """Try once, bounded in time. None when it was taken, else the problem, in words that hold nothing secret."""
        return await self._post.send(url, partial(_composed, url.partition("://")[0].lower(), report))

    async def close(self) -> None:
        await self._post.close()


def _composed(scheme: str, report: Report, found: Apprise) -> dict[str, Any]:
    service = found[0]
    made = letter(
        report,
        mail=scheme in MAIL and service.resolve_format(NotifyFormat.HTML) == NotifyFormat.HTML,
        attachments=bool(service.attachment_support),
        longest=service.body_maxlen,
    )
    return {
        "title": made.title,
        "body": made.body,
        # A service for plain text gets our Markdown as it is: it reads well, and a converted table does not.
        "body_format": service.resolve_format(made.format) if made.format == NotifyFormat.MARKDOWN else made.format,
        "attach": _attached(made) if made.attached else None,
    }


def _attached(made: Letter) -> AppriseAttachment:
    memory: Callable[..., Any] = AttachMemory
    files = [memory(content, name=name, mimetype=kind) for name, kind, content in made.attached]
    return AppriseAttachment(files)
