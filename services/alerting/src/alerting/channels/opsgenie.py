"""Opsgenie, and Jira Service Management, which took over its alerts API: created, acknowledged and closed by alias."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, model_validator

from alerting.channels.episodes import alerts
from alerting.channels.http import Api, Poster, Token, as_json
from alerting.channels.port import Channel, Delivered, Envelope, Result
from alerting.channels.text import facts, fit, headline
from alerting.core.message import Notice, What

KIND = "opsgenie"
API = {
    "us": "https://api.opsgenie.com",
    "eu": "https://api.eu.opsgenie.com",
    "jira": "https://api.atlassian.com/jsm/ops/integration",
}
LONGEST_ALIAS = 512
_ACTIONS: dict[What, str] = {"claimed": "acknowledge", "contacted": "acknowledge", "closed": "close"}
_STRICT = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Responder(BaseModel):
    """Whom an alert is routed to; by its id or by its name, which for a user is the name they sign in with."""

    model_config = _STRICT

    type: Literal["team", "user", "escalation", "schedule"]
    id: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if (self.id is None) == (self.name is None):
            raise ValueError("needs either an id or a name")
        return self

    def document(self) -> dict[str, str]:
        if self.id is not None:
            return {"type": self.type, "id": self.id}
        return {"type": self.type, "username" if self.type == "user" else "name": self.name or ""}


class Options(BaseModel):
    model_config = _STRICT

    kind: Literal["opsgenie"] = "opsgenie"
    api_key: Token
    responders: Annotated[tuple[Responder, ...], Field(max_length=50)] = ()
    region: Literal["us", "eu", "jira"] = "us"
    api: Api | None = None


def build(name: str, options: Options) -> Channel:
    return OpsgenieChannel(name, options)


class OpsgenieChannel:
    """One API integration. An address of a person is their user name: then the alert is theirs alone."""

    kind = KIND
    at_once = 4
    per_minute: int | None = None
    personal = False
    tells: frozenset[What] = frozenset({"page", "reminder", "claimed", "contacted", "closed", "incident"})

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._responders = [responder.document() for responder in options.responders]
        authorization = f"GenieKey {options.api_key.get_secret_value()}"
        self._poster = Poster(options.api or API[options.region], headers={"authorization": authorization})

    async def send(self, notice: Notice, envelope: Envelope) -> Result:
        its = alerts(notice, envelope, longest=LONGEST_ALIAS)
        if (action := _ACTIONS.get(notice.what)) is not None:
            return await self._all(action, its.open)
        created = await self._poster.post("/v2/alerts", as_json(self._alert(notice, envelope.to, its.wanted)))
        result = created.result
        if isinstance(result, Delivered):
            result = await self._all("close", its.stale)
        if not isinstance(result, Delivered):
            return result
        asked = created.document.get("requestId")
        return Delivered({**its.ref, **({"request": asked[:64]} if isinstance(asked, str) else {})})

    async def _all(self, action: str, aliases: Iterable[str]) -> Result:
        for alias in aliases:
            path = f"/v2/alerts/{quote(alias, safe='')}/{action}?identifierType=alias"
            result = (await self._poster.post(path, as_json({"source": "Amends"}))).result
            if not isinstance(result, Delivered):
                return result
        return Delivered()

    def _alert(self, notice: Notice, to: str | None, alias: str) -> dict[str, Any]:
        responders = [{"type": "user", "username": to}] if to else self._responders
        return {
            "message": headline(notice, 130),
            "alias": alias,
            "description": fit(notice.text, 15000),
            # All names and values together may hold 8,000 characters.
            "details": {**dict(facts(notice, count=15, name=60, value=400)), **_linked(notice)},
            "source": "Amends",
            "priority": "P1" if notice.urgent else "P2" if notice.what in ("incident", "reminder") else "P3",
            **_about(notice.data.get("data") or {}),
            **({"responders": responders} if responders else {}),
        }

    async def close(self) -> None:
        await self._poster.close()


def _linked(notice: Notice) -> dict[str, str]:
    return {"Desk": notice.link} if 0 < len(notice.link) <= 1000 else {}


def _about(case: Mapping[str, Any]) -> dict[str, Any]:
    entity, tag = fit(str(case.get("team") or ""), 512), fit(str(case.get("reason") or ""), 50)
    return {**({"entity": entity} if entity else {}), **({"tags": [tag]} if tag else {})}
