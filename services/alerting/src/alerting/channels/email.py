"""E-mail, over SMTP: one connection a message, and headers by which mail clients keep the messages of a case together.

The Message-ID is made from the key of the notification: a repeat is the same message, and mailboxes that look for
doubles show it once. Every message refers to one made-up root per case; those after the first answer the first, under
its subject, because some clients take a new subject for a new conversation.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Literal, Self

from aiosmtplib import (
    SMTP,
    SMTPConnectError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from alerting.channels.email_message import Mail, address_complaint, compose, message_id
from alerting.channels.http import url_complaint
from alerting.channels.port import Channel, Delivered, Envelope, Failed, Refused, Result
from alerting.core.message import FOLLOW_UPS, Notice, What
from events.runtime.named_secret import Secret

KIND = "email"
TIMEOUT_SECONDS = 15.0
PORTS = {"starttls": 587, "implicit": 465, "none": 25}


def _address(address: str) -> str:
    if (complaint := address_complaint(address)) is not None:
        raise ValueError(complaint)
    return address


def _on_this_machine(host: str) -> bool:
    return url_complaint(f"http://{host}/") is None


def _certificates(path: Path) -> Path:
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"cannot be read as certificates ({type(error).__name__})") from error
    return path


Address = Annotated[str, AfterValidator(_address)]


class Options(BaseModel):
    """``to``: one mailbox for all, in place of people's own. ``ca_file``: whom to trust, where that is your own."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["email"] = "email"
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    ca_file: Annotated[Path, AfterValidator(_certificates)] | None = None
    username: str | None = None
    password: Secret | None = None
    sender: Address
    sender_name: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,80}$")] = "Amends"
    to: Address | None = None
    follow_ups: bool = False
    per_minute: Annotated[int, Field(ge=1)] | None = 10

    @model_validator(mode="after")
    def _login(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("needs both username and password, or neither")
        if self.username is not None and self.tls == "none" and not _on_this_machine(self.host):
            raise ValueError("must use TLS where it logs in: tls is starttls or implicit")
        return self


def build(name: str, options: Options) -> Channel:
    return EmailChannel(name, options)


class EmailChannel:
    """One mail server and one sender."""

    kind = KIND
    at_once = 4

    def __init__(self, name: str, options: Options, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self.name = name
        self.per_minute = options.per_minute
        self.personal = options.to is None
        told: frozenset[What] = frozenset({"page", "reminder", "incident", "bundle"})
        self.tells = told | FOLLOW_UPS if options.follow_ups else told
        self._options = options
        self._timeout = timeout
        self._tls = ssl.create_default_context(cafile=options.ca_file)

    async def send(self, notice: Notice, envelope: Envelope) -> Result:
        to = envelope.to or self._options.to
        if to is None or address_complaint(to) is not None:
            return Refused("the recipient has no e-mail address here")
        mail = Mail(notice, envelope, to, self._options.sender, self._options.sender_name)
        result = await self._try(compose(mail), to)
        return _started(mail) if result == Delivered() else result

    async def _try(self, message: EmailMessage, to: str) -> Result:
        try:
            async with asyncio.timeout(self._timeout), self._connected() as server:
                await server.send_message(message, sender=self._options.sender, recipients=[to])
        except TimeoutError:
            return Failed(f"no answer within {self._timeout:g} s")
        except SMTPRecipientsRefused as error:
            return _answered(error.recipients[0], "to the recipient")
        except (SMTPConnectError, SMTPHeloError, OSError) as error:  # also: the connection broke
            return Failed(f"could not be reached ({type(error).__name__})")
        except SMTPResponseException as error:
            return _answered(error)
        except SMTPException:
            return Refused("does not offer the TLS or login that it is to be used with")
        return Delivered()

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        password = self._options.password
        server = SMTP(
            hostname=self._options.host,
            port=self._options.port or PORTS[self._options.tls],
            username=self._options.username,
            password=password.get_secret_value() if password else None,
            local_hostname=self._options.sender.rpartition("@")[2],
            use_tls=self._options.tls == "implicit",
            start_tls=self._options.tls == "starttls",
            tls_context=self._tls,
            timeout=self._timeout,
        )
        try:
            await server.connect()
            yield server
            with contextlib.suppress(SMTPException, OSError, TimeoutError):  # what was taken stays taken
                await server.quit(timeout=1.0)
        finally:
            server.close()

    async def close(self) -> None:
        """Nothing is kept open."""


def _started(mail: Mail) -> Delivered:
    """What the messages that follow answer to; only the first of a thread says so, and a bundle begins none."""
    if mail.envelope.ref or mail.notice.what == "bundle":
        return Delivered()
    return Delivered({"message_id": message_id(mail), "subject": mail.subject})


def _answered(error: SMTPResponseException, to_what: str = "") -> Result:
    """The status codes alone: what servers write beside them may repeat an address."""
    if not 400 <= error.code < 600:
        return Failed("answered what is not SMTP")
    enhanced = error.message[:9].partition(" ")[0]
    said = enhanced if enhanced.count(".") == 2 and enhanced.replace(".", "").isdecimal() else ""
    problem = " ".join(part for part in (f"answered {error.code}", said, to_what) if part)
    return Refused(problem) if error.code >= 500 else Failed(problem)
