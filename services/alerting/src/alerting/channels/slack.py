"""Slack: one message a case, kept up to date, and a reply in its thread when somebody must look again.

All text goes out as ``plain_text``, in which Slack finds no mark-up: no name of a team can mention or format anything.
Buttons only open the desk. Slack knows no idempotency key (``client_msg_id`` is for its own apps): a message whose
answer was lost appears twice, and both carry the key in their metadata.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from alerting.channels.http import Answer, Api, Poster, Token, as_json
from alerting.channels.port import Channel, Delivered, Envelope, Failed, Refused, Result
from alerting.channels.text import facts, fit, headline, remark
from alerting.core.message import WHATS, Notice, What

KIND = "slack"
API = "https://slack.com/api"
_LONGEST_LINK = 500
_RINGS: frozenset[What] = frozenset({"page", "reminder", "incident"})
_OPEN: frozenset[What] = frozenset({"page", "reminder", "claimed", "reopened"})
"""What leaves the customer still to be reached: there the message says by when."""
_PASSING = {
    "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
    "update_failed", "external_channel_migrating", "team_added_to_org",
}  # fmt: skip
_GONE = {
    "message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed", "channel_not_found",
    "is_archived", "is_inactive", "not_in_channel",
}  # fmt: skip
"""The message can no longer be changed or answered, where it is: a new one takes its place."""


class Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["slack"] = "slack"
    token: Token
    room: Annotated[str, Field(pattern=r"^[CG][A-Z0-9]{6,}$")] | None = None
    buttons: bool = True
    per_minute: Annotated[int, Field(ge=1)] | None = 30
    api: Api = API


def build(name: str, options: Options) -> Channel:
    return SlackChannel(name, options)


class SlackChannel:
    """A room, people's direct messages, or both."""

    kind = KIND
    at_once = 4
    tells = frozenset(WHATS)

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self.per_minute = options.per_minute
        self.personal = options.room is None
        self._room = options.room
        self._buttons = options.buttons
        authorization = f"Bearer {options.token.get_secret_value()}"
        self._poster = Poster(
            options.api, headers={"authorization": authorization, "content-type": "application/json; charset=utf-8"}
        )

    async def send(self, notice: Notice, envelope: Envelope) -> Result:
        if (to := envelope.to or self._room) is None:
            return Refused("the person has no address here")
        # Many cases in one message belong to no case's thread.
        ref = {} if notice.what == "bundle" else envelope.ref or {}
        if "channel" in ref and "ts" in ref:
            place = {"channel": str(ref["channel"]), "ts": str(ref["ts"])}
            answer = await self._go_on(notice, envelope, place)
            if answer.document.get("error") not in _GONE:
                return _judge(answer)
        answer = await self._post({"channel": to, **self._message(notice, envelope)})
        result = _judge(answer)
        return Delivered(_place(answer.document)) if result == Delivered() and notice.what != "bundle" else result

    async def _go_on(self, notice: Notice, envelope: Envelope, place: Mapping[str, str]) -> Answer:
        """The update first: done twice it is still one, and the reply, which would be two, comes last."""
        message = self._message(notice, envelope)
        if notice.what != "reminder":
            answer = await self._call("chat.update", {**place, **message, "parse": "none"})
            if notice.what not in _RINGS or _judge(answer) != Delivered():
                return answer
        # In a room, a reply alone reaches only those who are in the thread already.
        reply = {"channel": place["channel"], "thread_ts": place["ts"], "reply_broadcast": envelope.to is None}
        return await self._post({**reply, **message, "blocks": self._short(notice)})

    async def _post(self, arguments: Mapping[str, Any]) -> Answer:
        return await self._call("chat.postMessage", {"mrkdwn": False, **arguments})

    async def _call(self, method: str, arguments: Mapping[str, Any]) -> Answer:
        return await self._poster.post(f"/{method}", as_json(arguments))

    def _message(self, notice: Notice, envelope: Envelope) -> dict[str, Any]:
        return {
            "text": _escaped(headline(notice, 150)),  # for notifications and screen readers
            "blocks": self._blocks(notice),
            "link_names": False,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": "amends_notification", "event_payload": {"key": fit(envelope.key, 200)}},
        }

    def _blocks(self, notice: Notice) -> list[dict[str, Any]]:
        section: dict[str, Any] = {"type": "section"}
        if said := remark(notice, 3000):
            section["text"] = _plain(said)
        if fields := facts(notice, count=10, name=100, value=300):
            section["fields"] = [_plain(f"{name}\n{value}") for name, value in fields]
        body = [section] if len(section) > 1 else []
        return [{"type": "header", "text": _plain(headline(notice, 150))}, *body, *_due(notice), *self._open(notice)]

    def _short(self, notice: Notice) -> list[dict[str, Any]]:
        return [{"type": "section", "text": _plain(headline(notice, 3000))}, *self._open(notice)]

    def _open(self, notice: Notice) -> list[dict[str, Any]]:
        if not 0 < len(notice.link) <= _LONGEST_LINK:
            return []
        if not self._buttons:
            link = f"<{_escaped(notice.link.replace('|', '%7C'))}|Open at the desk>"
            return [{"type": "section", "text": {"type": "mrkdwn", "text": link}}]
        button = {"type": "button", "action_id": "open", "text": _plain("Open at the desk"), "url": notice.link}
        return [{"type": "actions", "elements": [button | ({"style": "primary"} if notice.urgent else {})]}]

    async def close(self) -> None:
        await self._poster.close()


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _due(notice: Notice) -> list[dict[str, Any]]:
    """By when the customer should have been reached, by the clock of whoever reads it."""
    at = (notice.data.get("data") or {}).get("contact_due_at")
    if not isinstance(at, str) or notice.what not in _OPEN:
        return []
    due = datetime.fromisoformat(at)
    when = f"<!date^{int(due.timestamp())}^{{date_short_pretty}} {{time}}|{due:%Y-%m-%d %H:%M} UTC>"
    return [{"type": "context", "elements": [{"type": "mrkdwn", "text": f"Reach the customer by {when}"}]}]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _place(document: Mapping[str, Any]) -> dict[str, str] | None:
    channel, ts = document.get("channel"), document.get("ts")
    return {"channel": channel, "ts": ts} if isinstance(channel, str) and isinstance(ts, str) else None


def _judge(answer: Answer) -> Result:
    if not isinstance(answer.result, Delivered) or answer.document.get("ok") is True:
        return answer.result
    error = answer.document.get("error")
    if not isinstance(error, str) or not re.fullmatch(r"[a-z_]{1,60}", error):
        return Failed("answered something that is not Slack's")
    return Failed(f"Slack says {error}", answer.after) if error in _PASSING else Refused(f"Slack says {error}")
