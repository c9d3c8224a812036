"""The vendors that carry our notifications, as servers of the test's own: they check every payload against what the
vendor publishes, and behave as it says, so that a test can ask what a person would have seen."""

import base64
import json
import re
import uuid
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from pydantic import BaseModel, ValidationError
from standardwebhooks import Webhook, WebhookVerificationError

from support import vendor_schemas as schemas
from support.vendor_http import Asked, Reply, Vendor

M = TypeVar("M", bound=BaseModel)

SLACK_TOKEN = "xoxb-canary-slack-token"
ROUTING_KEY = "canaryroutingkeycanaryroutingkey"
GENIE_KEY = "canary-genie-key"
TEAMS_SIGNATURE = "canary-teams-signature"
SIGNING_SECRET = "whsec_" + base64.b64encode(b"canary of twenty-four by").decode()
TWILIO_ACCOUNT = "AC" + "0" * 32
TWILIO_TOKEN = "canary-twilio-token"


class Checked(Vendor):
    """``complaints``: why it refused payloads; empty in a test that went well."""

    def __init__(self) -> None:
        super().__init__()
        self.complaints: list[str] = []

    def checked(self, model: type[M], asked: Asked) -> M | None:
        try:
            return model.model_validate_json(asked.body)
        except ValidationError as error:
            self.complaints.append(str(error))
            return None


# --- Slack


@dataclass
class SlackPost:
    """A message as it stands: ``document`` is what it was last made of."""

    channel: str
    ts: str
    document: dict[str, Any]
    thread_ts: str | None = None
    updates: int = 0


class Slack(Checked):
    """``posts`` in the order in which they appeared. A bot that is not in a channel, or an id nobody has: not found."""

    def __init__(self, channels: frozenset[str] = frozenset({"C0123456", "U0000001", "U0000002"})) -> None:
        super().__init__()
        self.channels = channels
        self.posts: list[SlackPost] = []
        self.editable = True

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {SLACK_TOKEN}":
            return self._no("invalid_auth")
        if asked.headers.get("content-type") != "application/json; charset=utf-8":
            return self._no("invalid_post_type")
        message = self.checked(schemas.SlackMessage, asked)
        if message is None:
            return self._no("invalid_blocks")
        if asked.path == "/chat.postMessage":
            return self._post(message, asked.document)
        return self._update(message, asked.document) if asked.path == "/chat.update" else self._no("unknown_method")

    def _post(self, message: schemas.SlackMessage, document: dict[str, Any]) -> Reply:
        # A member's id opens the direct messages with them, which have a channel of their own.
        channel = f"D{message.channel[1:]}" if message.channel[0] in "UW" else message.channel
        if message.channel not in self.channels and f"U{channel[1:]}" not in self.channels:
            return self._no("channel_not_found")
        if message.thread_ts and self.find(channel, message.thread_ts) is None:
            return self._no("thread_not_found")
        ts = f"1700000000.{len(self.posts) + 1:06d}"
        self.posts.append(SlackPost(channel, ts, document, message.thread_ts))
        return Reply(200, {"ok": True, "channel": channel, "ts": ts, "message": {"text": message.text}})

    def _update(self, message: schemas.SlackMessage, document: dict[str, Any]) -> Reply:
        found = self.find(message.channel, message.ts or "")
        if found is None:
            return self._no("message_not_found")
        if not self.editable:
            return self._no("edit_window_closed")
        found.document, found.updates = document, found.updates + 1
        return Reply(200, {"ok": True, "channel": message.channel, "ts": message.ts, "text": message.text})

    def find(self, channel: str, ts: str) -> SlackPost | None:
        return next((post for post in self.posts if (post.channel, post.ts) == (channel, ts)), None)

    def _no(self, error: str) -> Reply:
        return Reply(200, {"ok": False, "error": error})


# --- pagers


@dataclass
class Alert:
    """``rings``: how often it woke somebody. ``seen``: all that was sent about it."""

    state: str = "triggered"
    rings: int = 1
    seen: list[dict[str, Any]] = field(default_factory=list)


class Pager(Checked):
    """Alerts by key. A trigger on one that is open is counted and wakes nobody; on one that has ended it is new."""

    def __init__(self) -> None:
        super().__init__()
        self.alerts: dict[str, Alert] = {}

    def trigger(self, key: str, document: dict[str, Any]) -> None:
        found = self.alerts.get(key)
        if found is None:
            found = self.alerts[key] = Alert()
        elif found.state == "ended":
            found.state, found.rings = "triggered", found.rings + 1
        found.seen.append(document)

    def acknowledge(self, key: str) -> None:
        if key in self.alerts and self.alerts[key].state == "triggered":
            self.alerts[key].state = "acknowledged"

    def end_alert(self, key: str) -> None:
        if key in self.alerts:
            self.alerts[key].state = "ended"

    @property
    def rings(self) -> int:
        return sum(alert.rings for alert in self.alerts.values())

    @property
    def open(self) -> dict[str, str]:
        return {key: alert.state for key, alert in self.alerts.items() if alert.state != "ended"}


class PagerDuty(Pager):
    def answer(self, asked: Asked) -> Reply:
        event = self.checked(schemas.PagerDutyEvent, asked)
        if asked.path != "/v2/enqueue":
            return Reply(404)
        if event is None or event.routing_key != ROUTING_KEY:
            errors = ["'routing_key' is invalid"]
            return Reply(400, {"status": "invalid event", "message": "Event object is invalid", "errors": errors})
        if event.event_action == "trigger":
            self.trigger(event.dedup_key, asked.document)
        else:
            {"acknowledge": self.acknowledge, "resolve": self.end_alert}[event.event_action](event.dedup_key)
        return Reply(202, {"status": "success", "message": "Event processed", "dedup_key": event.dedup_key})


class Opsgenie(Pager):
    _ACTION = re.compile(r"/v2/alerts/([^/]+)/(acknowledge|close)")

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"GenieKey {GENIE_KEY}":
            return Reply(401, {"message": "Could not authenticate", "took": 0.001, "requestId": str(uuid.uuid4())})
        url = urlsplit(asked.path)
        if url.path == "/v2/alerts":
            alert = self.checked(schemas.OpsgenieAlert, asked)
            if alert is None:
                return Reply(422, {"message": "Request body is not processable.", "errors": {}})
            self.trigger(alert.alias, asked.document)
            return self._accepted()
        action = self._ACTION.fullmatch(url.path)
        if action is None or parse_qs(url.query) != {"identifierType": ["alias"]}:
            return Reply(404, {"message": "No handler found"})
        if self.checked(schemas.OpsgenieAction, asked) is None:
            return Reply(422, {"message": "Request body is not processable."})
        {"acknowledge": self.acknowledge, "close": self.end_alert}[action[2]](unquote(action[1]))
        return self._accepted()

    def _accepted(self) -> Reply:
        return Reply(202, {"result": "Request will be processed", "took": 0.3, "requestId": str(uuid.uuid4())})


# --- Teams


class Teams(Checked):
    """A flow with the trigger "When a Teams webhook request is received"."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[dict[str, Any]] = []

    @property
    def hook(self) -> str:
        where = "/workflows/0/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun"
        return f"{self.url}{where}&sig={TEAMS_SIGNATURE}"

    def answer(self, asked: Asked) -> Reply:
        if asked.path != self.hook.removeprefix(self.url):
            return Reply(401, {"error": {"code": "AuthorizationFailed", "message": "signature"}})
        if (size := schemas.teams_size(asked.body)) > schemas.TEAMS_BYTES:
            self.complaints.append(f"{size} bytes")
            return Reply(413)
        if self.checked(schemas.TeamsMessage, asked) is None:
            return Reply(400, {"error": {"code": "TriggerInputSchemaMismatch"}})
        self.cards.append(json.loads(asked.body)["attachments"][0]["content"])
        return Reply(202)


# --- a receiver of webhooks, and Twilio


class Receiver(Checked):
    """Standard Webhooks: what is not signed, or whose time is off, is refused."""

    def answer(self, asked: Asked) -> Reply:
        try:
            Webhook(SIGNING_SECRET).verify(asked.body, asked.headers)
        except WebhookVerificationError as error:
            self.complaints.append(str(error))
            return Reply(400)
        return Reply(204)


class Twilio(Checked):
    """Messages.json and Calls.json of the 2010-04-01 API."""

    def answer(self, asked: Asked) -> Reply:
        login = base64.b64encode(f"{TWILIO_ACCOUNT}:{TWILIO_TOKEN}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {login}":
            return Reply(401, {"code": 20003, "message": "Authenticate", "status": 401})
        form = dict(parse_qsl(asked.body.decode(), strict_parsing=True))
        wanted = {"Messages.json": {"To", "From", "Body"}, "Calls.json": {"To", "From", "Twiml"}}
        what = asked.path.removeprefix(f"/2010-04-01/Accounts/{TWILIO_ACCOUNT}/")
        if asked.headers.get("content-type") != "application/x-www-form-urlencoded" or set(form) != wanted.get(what):
            self.complaints.append(f"{asked.path} {sorted(form)}")
            return Reply(404, {"code": 20404, "message": f"{asked.path} was not found", "status": 404})
        if not 0 < len(form.get("Body", "-").encode("utf-16-le")) // 2 <= 1600:
            self.complaints.append("a body of more than 1,600 characters")
            return Reply(400, {"code": 21617, "message": f"too long for {form['To']}", "status": 400})
        return Reply(201, {"sid": f"SM{uuid.uuid4().hex}", "to": form["To"], "status": "queued"})
