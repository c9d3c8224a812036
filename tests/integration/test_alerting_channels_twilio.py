"""Text messages and calls, against a server that takes what Twilio's published API takes."""

import base64
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree

import pytest
from hypothesis import given
from pydantic import ValidationError

from alerting.channels import KINDS
from alerting.channels.port import Channel, Delivered, Failed, Refused
from alerting.channels.twilio import LONGEST_SAID, LONGEST_SMS, Options, build, sms, twiml
from alerting.core.message import Notice
from support.notices import CASE, DESK, any_notice, envelope, many, notice
from support.vendor_channels import TWILIO_ACCOUNT, TWILIO_TOKEN, Twilio
from support.vendor_http import Asked, Reply, Vendor, serving

FROM, TO = "+4930111222", "+4915199999999"
SERVICE, KEY = "MG" + "0" * 32, "SK" + "1" * 32


@pytest.fixture
async def twilio(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Twilio]:
    monkeypatch.setenv("TWILIO_TOKEN", TWILIO_TOKEN)
    async with serving(Twilio()) as found:
        yield found
        assert found.complaints == []


def options(vendor: Vendor | None = None, **more: Any) -> Options:
    said = {"account": TWILIO_ACCOUNT, "token": {"env": "TWILIO_TOKEN"}, "sender": FROM}
    api = {"api": vendor.url} if vendor else {}
    return Options.model_validate({key: value for key, value in {**said, **api, **more}.items() if value is not None})


def form(asked: Asked) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(asked.body.decode(), strict_parsing=True).items()}


async def sent(channel: Channel, told: Notice, **to: Any) -> Any:
    try:
        return await channel.send(told, envelope(to=to.get("to", TO)))
    finally:
        await channel.close()


async def test_a_text_message_says_what_it_is_about_and_ends_with_the_link(twilio: Twilio) -> None:
    assert await sent(build("sms", options(twilio)), notice()) == Delivered()
    (asked,) = twilio.asked
    assert form(asked) == {
        "To": TO,
        "From": FROM,
        "Body": f"Amends: Unhappy customer: 1 on 1-5, Billing, voice\n{DESK}/desk/cases/{CASE}",
    }


async def test_a_call_says_it_twice(twilio: Twilio) -> None:
    assert await sent(build("call", options(twilio, mode="voice", language="de-DE")), notice()) == Delivered()
    (asked,) = twilio.asked
    assert asked.path == f"/2010-04-01/Accounts/{TWILIO_ACCOUNT}/Calls.json"
    (say,) = ElementTree.fromstring(form(asked)["Twiml"])
    assert (say.tag, say.attrib) == ("Say", {"language": "de-DE", "loop": "2"})
    assert say.text == "Amends. Unhappy customer: 1 on 1-5, Billing, voice. Please open the recovery desk."


async def test_a_messaging_service_and_an_api_key_stand_in_for_number_and_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Anything(Vendor):
        def answer(self, asked: Asked) -> Reply:
            return Reply(201, {"sid": "SM1"})

    monkeypatch.setenv("TWILIO_TOKEN", TWILIO_TOKEN)
    async with serving(Anything()) as vendor:
        made = build("sms", options(vendor, sender=None, service=SERVICE, key=KEY))
        assert await sent(made, notice()) == Delivered()
    (asked,) = vendor.asked
    assert set(form(asked)) == {"To", "MessagingServiceSid", "Body"}
    assert form(asked)["MessagingServiceSid"] == SERVICE
    login = base64.b64decode(asked.headers["authorization"].removeprefix("Basic "))
    assert login == f"{KEY}:{TWILIO_TOKEN}".encode()


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        (Reply(429, {"code": 20429}, {"retry-after": "3"}), Failed("answered 429, code 20429", 3.0)),
        (Reply(400, {"code": 20429}), Failed("answered 400, code 20429")),
        (Reply(400, {"code": 21611}), Failed("answered 400, code 21611")),
        (Reply(500, {"code": 20500}), Failed("answered 500, code 20500")),
        (Reply(503), Failed("answered 503")),
        (Reply(400, {"code": 21610, "message": f"{TO} has unsubscribed"}),
         Refused("answered 400, code 21610: the recipient has unsubscribed (STOP)")),
        (Reply(400, {"code": 21211, "message": f"{TO} is not valid"}),
         Refused("answered 400, code 21211: the number is not valid")),
        (Reply(400, {"code": 21999, "message": f"{TO} has some new trouble"}), Refused("answered 400, code 21999")),
        (Reply(401, {"code": 20003}), Refused("answered 401, code 20003: it does not accept the key")),
        (Reply(404), Refused("answered 404: nothing is there")),
        (Reply(200, {"code": "odd"}), Delivered()),
        (Reply(400, {"code": "21610"}), Refused("answered 400")),
    ],
)  # fmt: skip
async def test_what_twilio_answers_decides_and_no_number_is_repeated(
    twilio: Twilio, reply: Reply, result: object
) -> None:
    twilio.script.append(reply)
    assert await sent(build("sms", options(twilio)), notice()) == result


async def test_a_wrong_token_is_refused(twilio: Twilio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_TOKEN", "another")
    result = await sent(build("sms", options(twilio)), notice())
    assert result == Refused("answered 401, code 20003: it does not accept the key")


@pytest.mark.parametrize(
    "to", [None, "", "0151 99999999", "+49 151", "dana@example.org", "+4915199999999\n", "+0123456"]
)
async def test_what_is_no_number_is_refused_before_it_is_sent(twilio: Twilio, to: str | None) -> None:
    result = await sent(build("sms", options(twilio)), notice(), to=to)
    assert result == Refused("the person has no number here that begins with + and the country")
    assert twilio.asked == []


def test_a_number_can_be_judged_before_it_is_needed() -> None:
    complaint = KINDS["twilio"].complaint
    assert complaint(TO) is None
    assert complaint("0151 99999999") == "is not a number that begins with + and the country"


@given(any_notice())
def test_a_text_message_is_never_longer_than_twilio_takes(told: Notice) -> None:
    body = sms(told)
    assert 0 < len(body.encode("utf-16-le")) <= 2 * LONGEST_SMS
    assert body.endswith(told.link) or len(told.link) > LONGEST_SMS // 2


@given(any_notice())
def test_a_call_is_always_one_short_sentence_and_no_other_verb(told: Notice) -> None:
    response = ElementTree.fromstring(twiml(told, "en-US"))
    (say,) = response
    assert (response.tag, say.tag, len(say)) == ("Response", "Say", 0)
    assert 0 < len((say.text or "").encode("utf-16-le")) <= 2 * LONGEST_SAID


def test_many_cases_are_told_in_one_short_message() -> None:
    assert sms(many({"Billing": 17})) == f"Amends: 17 more cases wait\n{DESK}/desk/"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"sender": None}, "needs one of sender"),
        ({"service": SERVICE}, "needs one of sender"),
        ({"sender": None, "service": SERVICE, "mode": "voice"}, "needs a sender where it calls"),
        ({"account": "AC1"}, "String should match"),
        ({"sender": "0151 1234"}, "String should match"),
        ({"key": "AC" + "0" * 32}, "String should match"),
        ({"mode": "fax"}, "Input should be"),
        ({"token": "canary"}, "must say where the secret is kept"),
    ],
)
def test_options_that_cannot_work_are_told_so(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], words: str
) -> None:
    monkeypatch.setenv("TWILIO_TOKEN", TWILIO_TOKEN)
    with pytest.raises(ValidationError, match=re.escape(words)) as caught:
        options(**more)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(("mode", "per_minute"), [("sms", 5), ("voice", 2)])
async def test_a_telephone_is_throttled_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, mode: str, per_minute: int
) -> None:
    monkeypatch.setenv("TWILIO_TOKEN", TWILIO_TOKEN)
    made, loose = build("x", options(mode=mode)), build("y", options(mode=mode, per_minute=60))
    assert (made.per_minute, made.personal, loose.per_minute) == (per_minute, True, 60)
    await made.close()
    await loose.close()
