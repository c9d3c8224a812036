"""E-mail, against a real SMTP server."""

import asyncio
import dataclasses
import html
import re
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerting.channels import KINDS
from alerting.channels.email import EmailChannel, Options, build
from alerting.channels.email_message import Mail, compose
from alerting.channels.port import Delivered, Envelope, Failed, Refused
from alerting.core.message import FOLLOW_UPS, Notice
from support.mail_server import PASSWORD, USER, MailServer, certificate, mail_server
from support.notices import any_notice

LINK = "https://desk.example/desk/cases/7"
NOTICE = Notice(
    "page",
    "Unhappy customer: 1 on 1-5, Zürich & Söhne",
    f"Claim the case:\n{LINK}",
    LINK,
    {},
    (("Team", "billing <b>"), ("Why", "low score")),
    urgent=True,
)
FIRST = Envelope("case-7-e1p1-mail-dana", "case-7", "dana@example.org")


def options(server: MailServer, **changes: Any) -> Options:
    said = {"host": "127.0.0.1", "port": server.port, "tls": "none", "sender": "desk@amends.example"}
    return Options.model_validate(said | changes)


def channel(server: MailServer, *, timeout: float = 10.0, **changes: Any) -> EmailChannel:
    return EmailChannel("mail", options(server, **changes), timeout=timeout)


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as found:
        yield found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"))


async def test_a_message_says_it_in_text_and_html_and_keeps_automatic_mail_in_its_place(server: MailServer) -> None:
    assert isinstance(await channel(server).send(NOTICE, FIRST), Delivered)
    ((envelope, message),) = server.got
    assert (envelope.mail_from, envelope.rcpt_tos) == ("desk@amends.example", ["dana@example.org"])
    assert (str(message["From"]), str(message["To"])) == ("Amends <desk@amends.example>", "dana@example.org")
    assert message["Subject"] == NOTICE.title
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["List-Id"] == "Amends <amends.amends.example>"
    assert message["Importance"] == "high"
    assert message["Date"].datetime.tzinfo is not None
    plain, rich = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert plain.get_content().replace("\r\n", "\n") == (
        f"{NOTICE.title}\n\nTeam: billing <b>\nWhy: low score\n\nClaim the case:\n{LINK}\n"
    )
    page = rich.get_content()
    assert html.escape(NOTICE.title) in page
    assert "billing &lt;b&gt;" in page
    assert f'<a href="{LINK}">' in page
    assert "<b>" not in page
    assert message["List-Unsubscribe"] is None


async def test_every_try_of_a_notification_is_the_same_message(server: MailServer) -> None:
    mail = channel(server)
    server.data = ["451 4.3.0 try later"]
    assert await mail.send(NOTICE, FIRST) == Failed("answered 451 4.3.0")
    await mail.send(NOTICE, FIRST)
    await mail.send(NOTICE, FIRST)
    await mail.send(NOTICE, dataclasses.replace(FIRST, key="case-7-e1p2-mail-dana"))
    ids = [message["Message-ID"] for _, message in server.got]
    assert ids[0] == ids[1] != ids[2]
    assert all(re.fullmatch(r"<[0-9a-f]{32}@amends\.example>", id_) for id_ in ids)


async def test_what_follows_is_an_answer_to_the_first_of_its_thread(server: MailServer) -> None:
    mail = channel(server)
    first = await mail.send(NOTICE, FIRST)
    assert isinstance(first, Delivered)
    later = dataclasses.replace(NOTICE, title="Still waiting (2): Unhappy customer")
    again = dataclasses.replace(FIRST, key="case-7-e1p2-mail-dana", ref=first.ref)
    assert await mail.send(later, again) == Delivered()
    (_, one), (_, two) = server.got
    assert one["In-Reply-To"] is None
    assert two["In-Reply-To"] == one["Message-ID"]
    assert two["References"].split() == [one["References"], one["Message-ID"]]
    assert two["Subject"] == f"Re: {one['Subject']}"
    body = two.get_body(("plain",))
    assert body is not None
    assert body.get_content().startswith("Still waiting (2)")


async def test_another_case_is_another_thread_and_a_bundle_begins_none(server: MailServer) -> None:
    mail = channel(server)
    await mail.send(NOTICE, FIRST)
    await mail.send(NOTICE, dataclasses.replace(FIRST, key="k", thread="case-8"))
    assert await mail.send(dataclasses.replace(NOTICE, what="bundle"), FIRST) == Delivered()
    assert server.got[0][1]["References"] != server.got[1][1]["References"]


@pytest.mark.parametrize(
    "text",
    ["x\r\nBcc: canary@example.org", "x\nBcc: canary@example.org\n\nbody", "\x00\x0b\x85\u2028Bcc: a@b", "\ud800"],
)
async def test_nothing_in_a_notice_can_begin_a_header(server: MailServer, text: str) -> None:
    notice = dataclasses.replace(NOTICE, title=text, fields=((text, text),), text=f"{text}\n{LINK}")
    ref = {"message_id": "<1@amends.example>", "subject": text}
    assert isinstance(await channel(server).send(notice, dataclasses.replace(FIRST, ref=ref)), Delivered)
    ((envelope, message),) = server.got
    assert envelope.rcpt_tos == ["dana@example.org"]
    assert message["Bcc"] is None
    assert message["To"] == "dana@example.org"


@pytest.mark.parametrize("address", ["", "dana", "a@b\r\nRCPT TO:<x@y>", "a b@c", "dana@", "<a@b>", "ä@b.example"])
async def test_what_is_no_address_is_refused_and_not_repeated(server: MailServer, address: str) -> None:
    result = await channel(server).send(NOTICE, dataclasses.replace(FIRST, to=address))
    assert result == Refused("the recipient has no e-mail address here")
    assert server.got == []


async def test_a_destination_with_a_mailbox_of_its_own_is_shared(server: MailServer) -> None:
    team = channel(server, to="team@example.org", follow_ups=True)
    assert not team.personal
    assert team.tells >= FOLLOW_UPS
    assert isinstance(await team.send(NOTICE, dataclasses.replace(FIRST, to=None)), Delivered)
    assert server.got[0][0].rcpt_tos == ["team@example.org"]
    assert channel(server).personal
    assert not channel(server).tells & FOLLOW_UPS


@pytest.mark.parametrize(
    ("rcpt", "data", "result"),
    [
        (["450 4.2.0 <dana@example.org> greylisted"], [], Failed("answered 450 4.2.0 to the recipient")),
        (["550 5.1.1 <dana@example.org> unknown"], [], Refused("answered 550 5.1.1 to the recipient")),
        (["550 dana@example.org is unknown"], [], Refused("answered 550 to the recipient")),
        ([], ["452 4.3.1 no room"], Failed("answered 452 4.3.1")),
        ([], ["554 5.7.1 dana is spam"], Refused("answered 554 5.7.1")),
        ([], ["drop"], Failed("could not be reached (SMTPServerDisconnected)")),
        (["drop"], [], Failed("could not be reached (SMTPServerDisconnected)")),
    ],
)
async def test_what_a_server_answers_decides(
    server: MailServer, rcpt: list[str | float], data: list[str | float], result: object
) -> None:
    server.rcpt, server.data = rcpt, data
    assert await channel(server).send(NOTICE, FIRST) == result
    assert isinstance(await channel(server).send(NOTICE, FIRST), Delivered)  # and no more than that


async def test_a_slow_server_is_left_in_time(server: MailServer) -> None:
    server.data = [5.0]
    assert await channel(server, timeout=0.5).send(NOTICE, FIRST) == Failed("no answer within 0.5 s")


@pytest.mark.parametrize(
    ("greeting", "problem"),
    [
        (b"554 5.3.2 no service here\r\n", "could not be reached (SMTPConnectResponseError)"),
        (b"hello there\r\n", "answered what is not SMTP"),
        (b"", "no answer within 0.5 s"),
    ],
)
async def test_a_server_that_does_not_greet_us_is_tried_again_and_not_kept(greeting: bytes, problem: str) -> None:
    left = asyncio.Event()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()  # until we have hung up
        writer.close()
        left.set()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as listening:
        server = MailServer(port=listening.sockets[0].getsockname()[1])
        assert await channel(server, timeout=0.5).send(NOTICE, FIRST) == Failed(problem)
        async with asyncio.timeout(10):
            await left.wait()


async def test_a_server_that_is_not_there_is_tried_again(free_port: int) -> None:
    result = await channel(MailServer(port=free_port)).send(NOTICE, FIRST)
    assert result == Failed("could not be reached (SMTPConnectError)")


@pytest.mark.parametrize("implicit", [False, True])
async def test_tls_and_login(files: tuple[Path, Path], implicit: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    secret = {"username": USER, "password": {"env": "SMTP_PASSWORD"}}
    tls = "implicit" if implicit else "starttls"
    async with mail_server(files, implicit=implicit, login=True) as server:
        assert isinstance(await channel(server, tls=tls, ca_file=files[0], **secret).send(NOTICE, FIRST), Delivered)
        assert (server.encrypted, server.logins) == ([True], [USER.encode()])
        distrusted = await channel(server, tls=tls, **secret).send(NOTICE, FIRST)
        assert isinstance(distrusted, Failed)
        assert len(server.logins) == 1  # the password was not shown to whom we do not trust
        monkeypatch.setenv("SMTP_PASSWORD", "another")
        wrong = await channel(server, tls=tls, ca_file=files[0], **secret).send(NOTICE, FIRST)
        assert wrong == Refused("answered 535 5.7.8")


async def test_a_server_without_tls_is_shown_nothing(server: MailServer) -> None:
    result = await channel(server, tls="starttls").send(NOTICE, FIRST)
    assert result == Refused("does not offer the TLS or login that it is to be used with")
    assert server.got == []


async def test_a_send_that_is_broken_off_leaves_no_message(server: MailServer) -> None:
    server.rcpt = [5.0]
    sending = asyncio.create_task(channel(server).send(NOTICE, FIRST))
    await asyncio.sleep(0.2)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert server.got == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sender": "Desk <desk@example.org>"}, "is not an e-mail address"),
        ({"to": "nobody"}, "is not an e-mail address"),
        ({"username": "desk"}, "needs both username and password, or neither"),
        ({"password": "canary"}, "must say where the secret is kept"),
        (
            {"host": "mail.example", "username": "desk", "password": {"env": "SMTP_PASSWORD"}},
            "must use TLS where it logs in",
        ),
        ({"tls": "maybe"}, "Input should be"),
        ({"ca_file": "does/not/exist.pem"}, "cannot be read as certificates"),
        ({"sender_name": "a\nb"}, "String should match"),
        ({"per_minute": 0}, "greater than or equal to 1"),
        ({"hots": "x"}, "Extra inputs"),
    ],
)
def test_options_that_cannot_work_are_told_so(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], words: str
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    with pytest.raises(ValidationError, match=re.escape(words)) as caught:
        options(MailServer(), **changes)
    assert "canary" not in str(caught.value)


HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "References", "In-Reply-To", "Auto-Submitted", "List-Id",
    "X-Auto-Response-Suppress", "Importance", "MIME-Version", "Content-Type",
}  # fmt: skip


@given(any_notice(), st.none() | st.text(max_size=200), st.text(max_size=200))
def test_any_notice_makes_a_message_of_our_headers_and_two_bodies(told: Notice, subject: str | None, key: str) -> None:
    ref = None if subject is None else {"message_id": "<1@amends.example>", "subject": subject}
    mail = Mail(told, Envelope(key, key, "dana@example.org", ref), "dana@example.org", "desk@amends.example", "Amends")
    message = message_from_bytes(bytes(compose(mail)), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert set(message.keys()) <= HEADERS
    assert len(message.keys()) == len(set(message.keys()))
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert str(message["To"]) == "dana@example.org"
    assert len(str(message["Subject"])) <= 160


def test_an_address_can_be_judged_before_it_is_needed() -> None:
    complaint = KINDS["email"].complaint
    assert complaint("dana@example.org") is None
    assert complaint("canary") == "is not an e-mail address (name@example.org, in ASCII)"
    assert KINDS["webhook"].complaint("anything") is None


def test_a_destination_is_built_from_its_options() -> None:
    made = build("mail", options(MailServer()))
    assert (made.name, made.kind, made.per_minute) == ("mail", "email", 10)
