"""PagerDuty, Events API v2: an alert is triggered by a page, acknowledged by a claim and resolved by the end."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr

from alerting.channels.episodes import alerts
from alerting.channels.http import Api, Poster, as_json
from alerting.channels.port import Channel, Delivered, Envelope, Result
from alerting.channels.text import facts, fit, headline, remark
from alerting.core.message import Notice, What
from events.runtime.named_secret import Secret

KIND = "pagerduty"
API = {"us": "https://events.pagerduty.com", "eu": "https://events.eu.pagerduty.com"}
LONGEST_KEY = 255
LONGEST_LINK = 2000
_ACTIONS: dict[What, str] = {"claimed": "acknowledge", "contacted": "acknowledge", "closed": "resolve"}


def _routing_key(key: SecretStr) -> SecretStr:
    value = key.get_secret_value()
    if len(value) != 32 or not value.isascii() or not value.isalnum():
        raise ValueError("must be 32 letters and digits: the integration key of an Events API v2 integration")
    return key


class Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["pagerduty"] = "pagerduty"
    routing_key: Annotated[Secret, AfterValidator(_routing_key)]
    region: Literal["us", "eu"] = "us"
    api: Api | None = None


def build(name: str, options: Options) -> Channel:
    return PagerDutyChannel(name, options)


class PagerDutyChannel:
    """One service of PagerDuty, which decides whom it rings. Nothing waits or is bundled: it groups alerts itself."""

    kind = KIND
    at_once = 4
    per_minute: int | None = None
    personal = False
    tells: frozenset[What] = frozenset({"page", "reminder", "claimed", "contacted", "closed", "incident"})

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._routing_key = options.routing_key.get_secret_value()
        self._poster = Poster(options.api or API[options.region])

    async def send(self, notice: Notice, envelope: Envelope) -> Result:
        its = alerts(notice, envelope, longest=LONGEST_KEY)
        if (action := _ACTIONS.get(notice.what)) is not None:
            return await self._all(action, its.open)
        result = await self._post({"event_action": "trigger", "dedup_key": its.wanted, **_trigger(notice)})
        if isinstance(result, Delivered):
            result = await self._all("resolve", its.stale)
        return Delivered(its.ref) if isinstance(result, Delivered) else result

    async def _all(self, action: str, keys: Iterable[str]) -> Result:
        for key in keys:
            result = await self._post({"event_action": action, "dedup_key": key})
            if not isinstance(result, Delivered):
                return result
        return Delivered()

    async def _post(self, event: Mapping[str, Any]) -> Result:
        body = as_json({"routing_key": self._routing_key, **event})
        return (await self._poster.post("/v2/enqueue", body)).result

    async def close(self) -> None:
        await self._poster.close()


def _trigger(notice: Notice) -> dict[str, Any]:
    said = {"About": remark(notice, 3000), **dict(facts(notice, count=20, name=100, value=500))}
    return {
        "payload": {
            "summary": headline(notice, 1024),
            "source": "amends",
            "severity": _severity(notice),
            **_about(notice.data),
            "custom_details": {name: value for name, value in said.items() if value},
        },
        "client": "Amends",
        **_linked(notice.link),
    }


def _severity(notice: Notice) -> str:
    if notice.urgent:
        return "critical"
    return "error" if notice.what in ("incident", "reminder") else "warning"


def _about(data: Mapping[str, Any]) -> dict[str, str]:
    case = data.get("data") or {}
    named = {
        "timestamp": data.get("timestamp"),
        "component": case.get("team"),
        "group": case.get("tenant"),
        "class": case.get("reason"),
    }
    found = {name: fit(value, 255) for name, value in named.items() if isinstance(value, str)}
    return {name: value for name, value in found.items() if value}


def _linked(link: str) -> dict[str, Any]:
    if not 0 < len(link) <= LONGEST_LINK:
        return {}
    return {"client_url": link, "links": [{"href": link, "text": "Open at the desk"}]}
