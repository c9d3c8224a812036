"""What the vendors publish of their payloads, in our own words: fields, closed sets and limits.

Slack: docs.slack.dev, Block Kit and chat.postMessage. PagerDuty: Events API v2 (its OpenAPI description and the limits
of its developer pages). Opsgenie: Alert API. Teams: Adaptive Cards 1.4, and 28 KB for a message of a webhook. Lengths
count UTF-16 units, as the vendors' own languages do. What is not named here is refused.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, model_validator


def _units(most: int, least: int = 1) -> AfterValidator:
    def check(text: str) -> str:
        count = len(text.encode("utf-16-le")) // 2
        assert least <= count <= most, f"{count} characters, not {least} to {most}"
        assert "\x00" not in text
        return text

    return AfterValidator(check)


def _link(most: int) -> Any:
    return Annotated[str, _units(most), AfterValidator(lambda url: str(HttpUrl(url)) and url)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


# --- Slack


class SlackPlain(Strict):
    type: Literal["plain_text"]
    text: Annotated[str, _units(3000)]
    emoji: bool = True


class SlackMarkup(Strict):
    type: Literal["mrkdwn"]
    text: Annotated[str, _units(3000)]
    verbatim: bool = False


SlackText = Annotated[SlackPlain | SlackMarkup, Field(discriminator="type")]


def _at_most(most: int) -> AfterValidator:
    def check(text: SlackPlain | SlackMarkup) -> SlackPlain | SlackMarkup:
        assert len(text.text.encode("utf-16-le")) // 2 <= most, f"longer than {most}"
        return text

    return AfterValidator(check)


class SlackHeader(Strict):
    type: Literal["header"]
    text: Annotated[SlackPlain, _at_most(150)]


class SlackSection(Strict):
    type: Literal["section"]
    text: SlackText | None = None
    fields: Annotated[list[Annotated[SlackText, _at_most(2000)]], Field(min_length=1, max_length=10)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "SlackSection":
        assert self.text or self.fields, "a section needs text or fields"
        return self


class SlackContext(Strict):
    type: Literal["context"]
    elements: Annotated[list[SlackText], Field(min_length=1, max_length=10)]


class SlackButton(Strict):
    type: Literal["button"]
    text: Annotated[SlackPlain, _at_most(75)]
    action_id: Annotated[str, _units(255)]
    url: _link(3000)  # type: ignore[valid-type]  # buttons that act have no URL, and we have none of those
    style: Literal["primary", "danger"] | None = None


class SlackActions(Strict):
    type: Literal["actions"]
    elements: Annotated[list[SlackButton], Field(min_length=1, max_length=25)]


SlackBlock = Annotated[SlackHeader | SlackSection | SlackContext | SlackActions, Field(discriminator="type")]


class SlackMetadata(Strict):
    event_type: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,255}$")]
    event_payload: dict[str, str]


class SlackMessage(Strict):
    """chat.postMessage and chat.update."""

    channel: Annotated[str, Field(pattern=r"^[CGDUW][A-Z0-9]+$")]
    text: Annotated[str, _units(4000)]
    blocks: Annotated[list[SlackBlock], Field(min_length=1, max_length=50)]
    metadata: SlackMetadata
    ts: Annotated[str, Field(pattern=r"^\d+\.\d{6}$")] | None = None
    thread_ts: Annotated[str, Field(pattern=r"^\d+\.\d{6}$")] | None = None
    reply_broadcast: bool | None = None
    parse: Literal["none", "full"] | None = None
    mrkdwn: bool | None = None
    link_names: bool | None = None
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None

    @model_validator(mode="after")
    def _all_blocks_together(self) -> "SlackMessage":
        # Not in its reference: from about 13,200 characters on Slack answers msg_blocks_too_long.
        size = sum(len(block.model_dump_json(exclude_none=True)) for block in self.blocks)
        assert size <= 13_000, f"{size} characters of blocks"
        return self


# --- PagerDuty


class PagerDutyPayload(Strict):
    summary: Annotated[str, _units(1024)]
    source: Annotated[str, _units(1024)]
    severity: Literal["critical", "error", "warning", "info"]
    timestamp: Annotated[str, AfterValidator(lambda at: datetime.fromisoformat(at) and at)] | None = None
    component: str | None = None
    group: str | None = None
    class_: Annotated[str | None, Field(alias="class")] = None
    custom_details: dict[str, str] | None = None


class PagerDutyLink(Strict):
    href: _link(2048)  # type: ignore[valid-type]
    text: str


class PagerDutyEvent(Strict):
    routing_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{32}$")]
    event_action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: Annotated[str, _units(255)]
    payload: PagerDutyPayload | None = None
    client: str | None = None
    client_url: _link(2048) | None = None  # type: ignore[valid-type]
    links: list[PagerDutyLink] | None = None

    @model_validator(mode="after")
    def _only_a_trigger_has_a_payload(self) -> "PagerDutyEvent":
        assert (self.payload is not None) == (self.event_action == "trigger")
        return self


# --- Opsgenie


class OpsgenieResponder(Strict):
    type: Literal["team", "user", "escalation", "schedule"]
    id: str | None = None
    name: str | None = None
    username: Annotated[str, _units(100)] | None = None

    @model_validator(mode="after")
    def _named_as_its_type_is(self) -> "OpsgenieResponder":
        given = [name for name in ("id", "name", "username") if getattr(self, name)]
        assert given == ["id"] or given == ["username" if self.type == "user" else "name"], given
        return self


class OpsgenieAlert(Strict):
    message: Annotated[str, _units(130)]
    alias: Annotated[str, _units(512)]
    description: Annotated[str, _units(15000, 0)] | None = None
    responders: Annotated[list[OpsgenieResponder], Field(max_length=50)] | None = None
    tags: Annotated[list[Annotated[str, _units(50)]], Field(max_length=20)] | None = None
    details: dict[str, str] | None = None
    entity: Annotated[str, _units(512)] | None = None
    source: Annotated[str, _units(100)] | None = None
    priority: Literal["P1", "P2", "P3", "P4", "P5"] | None = None

    @model_validator(mode="after")
    def _all_details_together(self) -> "OpsgenieAlert":
        size = sum(len((name + value).encode("utf-16-le")) // 2 for name, value in (self.details or {}).items())
        assert size <= 8000, f"{size} characters of details"
        return self


class OpsgenieAction(Strict):
    source: Annotated[str, _units(100)] | None = None
    note: Annotated[str, _units(25000)] | None = None
    user: Annotated[str, _units(100)] | None = None


# --- Teams


class CardRun(Strict):
    type: Literal["TextRun"]
    text: Annotated[str, _units(28_000)]
    weight: Literal["lighter", "default", "bolder"] | None = None
    size: Literal["small", "default", "medium", "large", "extraLarge"] | None = None
    color: Literal["default", "dark", "light", "accent", "good", "warning", "attention"] | None = None


class CardRichText(Strict):
    type: Literal["RichTextBlock"]
    inlines: Annotated[list[CardRun], Field(min_length=1)]


class CardOpenUrl(Strict):
    type: Literal["Action.OpenUrl"]
    title: str
    url: _link(2048)  # type: ignore[valid-type]


class CardTeams(Strict):
    width: Literal["Full"]


class Card(Strict):
    schema_: Annotated[Literal["http://adaptivecards.io/schemas/adaptive-card.json"], Field(alias="$schema")]
    type: Literal["AdaptiveCard"]
    version: Literal["1.4"]
    msteams: CardTeams
    body: Annotated[list[CardRichText], Field(min_length=1)]
    actions: list[CardOpenUrl]


class TeamsAttachment(Strict):
    contentType: Literal["application/vnd.microsoft.card.adaptive"]
    contentUrl: None
    content: Card


class TeamsMessage(Strict):
    type: Literal["message"]
    attachments: Annotated[list[TeamsAttachment], Field(min_length=1, max_length=1)]


TEAMS_BYTES = 28_000
"""Of the whole message, which Teams keeps in UTF-16; we count the larger of that and UTF-8."""


def teams_size(body: bytes) -> int:
    return max(len(body), len(body.decode().encode("utf-16-le")))
