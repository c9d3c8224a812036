"""A real SMTP server (aiosmtpd) of the test's own: with or without TLS and login, and with answers of the test's."""

import asyncio
import contextlib
import ssl
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from amends.local.ports import free_port

USER, PASSWORD = "desk", "canary-password"


@dataclass
class MailServer:
    """``rcpt`` and ``data``: what is answered to the next recipients and messages; a number waits so many seconds
    first, "drop" ends the connection. Without one, all is taken."""

    port: int = field(default_factory=free_port)
    rcpt: list[str | float] = field(default_factory=list)
    data: list[str | float] = field(default_factory=list)
    got: list[tuple[Envelope, EmailMessage]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)

    async def handle_RCPT(self, server: SMTP, _: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if (answer := await self._next(self.rcpt, server)) is not None:
            return answer
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:
        if (answer := await self._next(self.data, server)) is not None:
            return answer
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.got.append((envelope, message))
        assert server.transport is not None
        self.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        return "250 OK"

    async def _next(self, answers: list[str | float], server: SMTP) -> str | None:
        answer = answers.pop(0) if answers else None
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return None
        if answer == "drop":
            assert server.transport is not None
            server.transport.abort()
            return "421 gone"
        return answer

    def login(self, _: SMTP, __: Session, ___: Envelope, ____: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.logins.append(given.login)
        right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=right)  # "not handled" makes it answer 535


@contextlib.asynccontextmanager
async def mail_server(
    certificate: tuple[Path, Path] | None = None, *, implicit: bool = False, login: bool = False
) -> AsyncIterator[MailServer]:
    """``certificate``: chain and key; offers STARTTLS and wants it, or with ``implicit`` begins with TLS."""
    found = MailServer()
    loop = asyncio.get_running_loop()
    tls = _context(certificate) if certificate else None
    starttls = None if implicit else tls
    protocols: list[SMTP] = []

    def session() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # it does not know that the connection began with TLS
            made = SMTP(
                found,
                hostname="mail.test",
                loop=loop,
                tls_context=starttls,
                require_starttls=starttls is not None,
                authenticator=found.login if login else None,
                auth_required=login,
                auth_require_tls=starttls is not None,
                enable_SMTPUTF8=True,
            )
        protocols.append(made)
        return made

    server = await loop.create_server(session, "127.0.0.1", found.port, ssl=tls if implicit else None)
    try:
        yield found
    finally:
        server.close()
        for each in protocols:
            if each.transport is not None:
                each.transport.abort()
        await asyncio.gather(*(_ended(each) for each in protocols))


async def _ended(session: SMTP) -> None:
    task = session._handler_coroutine
    if task is not None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task
    await asyncio.sleep(0)  # a transport closes its socket in the next turn of the loop


def _context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "mail.pem", folder / "mail.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain, secret
