"""Microsoft Teams, through a Workflows (Power Automate) webhook: an Adaptive Card for each message.

A webhook can neither change a card nor answer under it. So a room hears that somebody is needed and how it ended, and
nothing of what lies between: the card's button shows where the case stands. Names and remarks go into text runs, which
know no Markdown.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from alerting.channels.http import Poster, SecretUrl, as_json
from alerting.channels.port import Channel, Envelope, Result
from alerting.channels.text import facts, headline, remark
from alerting.core.message import Notice, What

KIND = "teams"
_LONGEST_LINK = 2000


class Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["teams"] = "teams"
    url: SecretUrl
    per_minute: Annotated[int, Field(ge=1)] | None = 30


def build(name: str, options: Options) -> Channel:
    return TeamsChannel(name, options)


class TeamsChannel:
    """One channel or chat of Teams."""

    kind = KIND
    at_once = 4
    personal = False
    tells: frozenset[What] = frozenset({"page", "reminder", "closed", "incident", "bundle"})

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self.per_minute = options.per_minute
        self._poster = Poster(options.url.get_secret_value())

    async def send(self, notice: Notice, envelope: Envelope) -> Result:
        """Teams has no place for the key: a repeat is a second card that opens the same case."""
        return (await self._poster.post("", as_json(_message(notice)))).result

    async def close(self) -> None:
        await self._poster.close()


def _message(notice: Notice) -> dict[str, Any]:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": _body(notice),
        "actions": _actions(notice),
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _body(notice: Notice) -> list[dict[str, Any]]:
    color = "attention" if notice.urgent else "good" if notice.what == "closed" else "default"
    title = {"text": headline(notice, 150), "weight": "bolder", "size": "medium", "color": color}
    # Together at most about 8,000 UTF-16 units: Teams takes 28 KB with all that is around them.
    about = [
        _runs({"text": f"{name}: ", "weight": "bolder"}, {"text": value})
        for name, value in facts(notice, count=10, name=60, value=300)
    ]
    said = remark(notice, 3000)
    return [_runs(title), *([_runs({"text": said})] if said else []), *about]


def _runs(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", **run} for run in runs]}


def _actions(notice: Notice) -> list[dict[str, Any]]:
    if not 0 < len(notice.link) <= _LONGEST_LINK:
        return []
    return [{"type": "Action.OpenUrl", "title": "Open at the desk", "url": notice.link}]
