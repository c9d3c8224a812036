"""One e-mail: plain text, simple HTML beside it, and the headers that keep automatic mail in its place."""

import hashlib
import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from alerting.channels.port import Envelope
from alerting.channels.text import facts, fit, headline, remark
from alerting.core.message import Notice

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]+")
_LONGEST_ADDRESS = 254
_LONGEST_TEXT = 10_000


def address_complaint(address: str) -> str | None:
    """Why we send no mail there; None when we do. Never repeats the address."""
    if len(address) > _LONGEST_ADDRESS or _ADDRESS.fullmatch(address) is None:
        return "is not an e-mail address (name@example.org, in ASCII)"
    return None


@dataclass(frozen=True, slots=True)
class Mail:
    """What a message is made of. ``sender`` and ``to`` have been looked at by ``address_complaint``."""

    notice: Notice
    envelope: Envelope
    to: str
    sender: str
    sender_name: str

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2]

    @property
    def subject(self) -> str:
        """The title; in a thread that has begun, its first title."""
        begun = (self.envelope.ref or {}).get("subject")
        return f"Re: {begun}" if isinstance(begun, str) else headline(self.notice, 150)


def message_id(mail: Mail) -> str:
    """The same for every try of one notification, and for no other."""
    return _id(mail, "key", mail.envelope.key)


def compose(mail: Mail) -> EmailMessage:
    """Header values are ours, checked or cut to one line: nothing in them can begin another header."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(mail.sender_name, addr_spec=mail.sender)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = fit(" ".join(mail.subject.split()), 160)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = message_id(mail)
    for name, value in _threading(mail).items():
        message[name] = value
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["List-Id"] = f"Amends <amends.{mail.domain}>"
    if mail.notice.urgent:
        message["Importance"] = "high"
    message.set_content(_text(mail.notice))
    message.add_alternative(_html(mail.notice), subtype="html")
    return message


def _threading(mail: Mail) -> dict[str, str]:
    root = _id(mail, "thread", mail.envelope.thread)
    first = (mail.envelope.ref or {}).get("message_id")
    if not isinstance(first, str):
        return {"References": root}
    return {"In-Reply-To": first, "References": f"{root} {first}"}


def _id(mail: Mail, what: str, value: str) -> str:
    digest = hashlib.blake2b(f"{what}\0{value}".encode(errors="replace"), digest_size=16).hexdigest()
    return f"<{digest}@{mail.domain}>"


def _text(notice: Notice) -> str:
    about = "\n".join(f"{name}: {value}" for name, value in _facts(notice))
    return "\n\n".join(part for part in (headline(notice, 150), about, fit(notice.text, _LONGEST_TEXT)) if part) + "\n"


def _facts(notice: Notice) -> tuple[tuple[str, str], ...]:
    return facts(notice, count=20, name=100, value=500)


_PAGE = """<!doctype html>
<html lang="en"><body style="font-family:sans-serif;font-size:16px;line-height:1.5">
<h1 style="font-size:20px">{title}</h1>
{said}{about}<p><a href="{link}">Open at the desk</a></p>
</body></html>
"""


def _html(notice: Notice) -> str:
    said = "<br>".join(html.escape(line) for line in remark(notice, _LONGEST_TEXT).splitlines())
    rows = "".join(
        f'<tr><th style="text-align:left;padding-right:16px">{html.escape(name)}</th><td>{html.escape(value)}</td></tr>'
        for name, value in _facts(notice)
    )
    return _PAGE.format(
        title=html.escape(headline(notice, 150)),
        said=f"<p>{said}</p>\n" if said else "",
        about=f"<table>{rows}</table>\n" if rows else "",
        link=html.escape(notice.link),
    )
