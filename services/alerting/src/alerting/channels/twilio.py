"""Text messages and calls through Twilio.

Twilio's API has no key that marks a repeat: where its answer does not reach us, the message or the call is repeated,
and whoever gets it tells by the case it names.
"""

import re
from base64 import b64encode
from typing import Annotated, Literal, Self
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from pydantic import BaseModel, ConfigDict, Field, model_validator

from alerting.channels.http import Answer, Api, Poster, Token
from alerting.channels.port import Channel, Envelope, Failed, Refused, Result
from alerting.channels.text import fit, headline
from alerting.core.message import Notice, What

KIND = "twilio"
API = "https://api.twilio.com"
LONGEST_SMS = 1600
LONGEST_SAID = 300
E164 = r"^\+[1-9]\d{6,14}$"
PER_MINUTE = {"sms": 5, "voice": 2}
_RETRIED = {20429, 21611, 14107}
"""Too many requests, the sender's queue is full, too many messages: whatever status comes with them."""
_SAYS = {
    20003: "it does not accept the key",
    20008: "these are test credentials",
    21210: "the sender's number is not verified",
    21211: "the number is not valid",
    21408: "messages to that country are not allowed",
    21606: "the sender's number cannot send there",
    21610: "the recipient has unsubscribed (STOP)",
    21614: "the number cannot take text messages",
}
Number = Annotated[str, Field(pattern=E164)]


def number_complaint(number: str) -> str | None:
    """Why we neither write nor call there; None when we do. Never repeats the number."""
    return None if re.fullmatch(E164, number) else "is not a number that begins with + and the country"


class Options(BaseModel):
    """``token`` is the account's, or with ``key`` (SK…) the secret of that key."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["twilio"] = "twilio"
    mode: Literal["sms", "voice"] = "sms"
    account: Annotated[str, Field(pattern=r"^AC[0-9a-f]{32}$")]
    key: Annotated[str, Field(pattern=r"^SK[0-9a-f]{32}$")] | None = None
    token: Token
    sender: Number | None = None
    service: Annotated[str, Field(pattern=r"^MG[0-9a-f]{32}$")] | None = None
    language: Annotated[str, Field(pattern=r"^[a-z]{2}-[A-Z]{2}$")] = "en-US"
    per_minute: Annotated[int, Field(ge=1)] | None = None
    api: Api = API

    @model_validator(mode="after")
    def _from(self) -> Self:
        if (self.sender is None) == (self.service is None):
            raise ValueError("needs one of sender (a number, +…) and service (MG…)")
        if self.mode == "voice" and self.sender is None:
            raise ValueError("needs a sender where it calls: a messaging service has no voice")
        return self


def build(name: str, options: Options) -> Channel:
    return TwilioChannel(name, options)


class TwilioChannel:
    """One number or messaging service; every message needs a person's number."""

    kind = KIND
    at_once = 4
    personal = True
    tells: frozenset[What] = frozenset({"page", "reminder", "incident", "bundle"})

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self.per_minute: int | None = options.per_minute or PER_MINUTE[options.mode]
        self._options = options
        login = f"{options.key or options.account}:{options.token.get_secret_value()}"
        headers = {
            "authorization": f"Basic {b64encode(login.encode()).decode()}",
            "content-type": "application/x-www-form-urlencoded",
        }
        self._poster = Poster(f"{options.api}/2010-04-01/Accounts/{options.account}", headers=headers)

    async def send(self, notice: Notice, envelope: Envelope) -> Result:
        if envelope.to is None or number_complaint(envelope.to) is not None:
            return Refused("the person has no number here that begins with + and the country")
        form = {"To": envelope.to, **self._sender()}
        if self._options.mode == "voice":
            form["Twiml"] = twiml(notice, self._options.language)
        else:
            form["Body"] = sms(notice)
        path = "/Calls.json" if self._options.mode == "voice" else "/Messages.json"
        return _judge(await self._poster.post(path, urlencode(form).encode()))

    def _sender(self) -> dict[str, str]:
        if self._options.service is not None:
            return {"MessagingServiceSid": self._options.service}
        return {"From": self._options.sender or ""}

    async def close(self) -> None:
        await self._poster.close()


def sms(notice: Notice) -> str:
    """The title and the link, which stays whole where it fits at all: at most 1,600 UTF-16 units."""
    link = f"\n{notice.link}" if len(notice.link) < LONGEST_SMS // 2 else ""
    return fit(f"Amends: {headline(notice, 150)}", LONGEST_SMS - len(link)) + link


def twiml(notice: Notice, language: str) -> str:
    """Said twice: whoever picks up hears the second half first."""
    said = fit(f"Amends. {headline(notice, 150)}. Please open the recovery desk.", LONGEST_SAID)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Response><Say language="{language}" loop="2">{escape(said)}</Say>'
        "</Response>"
    )


def _judge(answer: Answer) -> Result:
    """By Twilio's own code where there is one: its words may repeat the number, so ours stand in."""
    code = answer.document.get("code")
    if not isinstance(code, int) or not isinstance(answer.result, Failed | Refused):
        return answer.result
    problem = f"{answer.result.problem.partition(':')[0]}, code {code}"
    if isinstance(answer.result, Failed) or code in _RETRIED:
        return Failed(problem, answer.after)
    return Refused(f"{problem}: {_SAYS[code]}" if code in _SAYS else problem)
