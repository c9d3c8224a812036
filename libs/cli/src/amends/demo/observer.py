"""What the services say of themselves, asked over HTTP like anybody would."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from amends.demo.children import Children
from amends.services import ALERTING, DEMO_CRM, INGEST, PROFILE_SYNC, SCORING, Service

SHOWN = ("csat", "nps", "response_rate", "aht", "asa", "abandonment")

Metrics = Mapping[str, float]
"""Metric name → the sum over its labels."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the metrics API. ``value`` is None without data."""

    value: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at everything.

    Attributes:
        applied: topic → events scoring has applied.
        figures: (metric, channel or team) → number, "" for all.
    """

    applied: Mapping[str, int] = field(default_factory=dict)
    duplicates: int = 0
    dead_letters: int = 0
    lag: int = 0
    cases: Mapping[str, int] = field(default_factory=dict)
    pushes: Mapping[str, int] = field(default_factory=dict)
    fields_written: int = 0
    figures: Mapping[tuple[str, str], Figure] = field(default_factory=dict)


class Observer:
    """``crm_token`` and ``key`` are what it reads with."""

    def __init__(self, client: httpx.AsyncClient, children: Children, key: str, crm_token: str) -> None:
        self._client = client
        self._children = children
        self._key = {"Authorization": f"Bearer {key}"}
        self._crm = {"Authorization": f"Bearer {crm_token}"}

    async def look(self) -> Seen:
        """Raises httpx.HTTPError, or KeyError and the like for an answer that is not what was agreed."""
        scoring, alerting, syncing, cases, pushes, figures = await asyncio.gather(
            self.metrics(SCORING),
            self.metrics(ALERTING),
            self.metrics(PROFILE_SYNC),
            self._json(ALERTING, "/v1/summary"),
            self._json(PROFILE_SYNC, "/v1/summary"),
            self._figures(),
        )
        consumers = (scoring, alerting, syncing)
        return Seen(
            applied=await self.applied(),
            duplicates=int(scoring.get("amends_consumer_duplicates_total", 0)),
            dead_letters=int(sum(one.get("amends_consumer_dead_letters_total", 0) for one in consumers)),
            lag=int(sum(one.get("amends_consumer_lag_records", 0) for one in consumers)),
            cases=cases["cases"],
            pushes=pushes["pushes"],
            fields_written=pushes["fields_written"],
            figures=figures,
        )

    async def metrics(self, service: Service) -> Metrics:
        response = await self._client.get(f"{self._children[service].url}/metrics")
        response.raise_for_status()
        found: dict[str, float] = {}
        for family in text_string_to_metric_families(response.text):
            for sample in family.samples:
                found[sample.name] = found.get(sample.name, 0.0) + sample.value
        return found

    async def accepted(self) -> int:
        """Events ingest has answered 202 for, repeats included."""
        return int((await self.metrics(INGEST))["amends_ingest_events_total"])

    async def received(self, service: Service) -> int:
        """Records the service has read."""
        return int((await self.metrics(service)).get("amends_consumer_received_total", 0))

    async def applied(self, service: Service = SCORING) -> dict[str, int]:
        """Topic → events the service has applied for the first time."""
        response = await self._client.get(f"{self._children[service].url}/metrics")
        response.raise_for_status()
        return {
            sample.labels["topic"]: int(sample.value)
            for family in text_string_to_metric_families(response.text)
            for sample in family.samples
            if sample.name == "amends_consumer_applied_total"
        }

    async def cases(self) -> list[dict[str, Any]]:
        """Every case, oldest first."""
        found: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            page = await self._json(ALERTING, "/v1/cases", limit="200", **({"after": after} if after else {}))
            found += page["cases"]
            after = page["next"]
            if after is None:
                return found

    async def profiles(self) -> dict[str, dict[str, Any]]:
        """Customer → field → value, as the CRM has them; empty fields left out."""
        found: dict[str, dict[str, Any]] = {}
        after: str | None = None
        while True:
            response = await self._client.get(
                f"{self._children[DEMO_CRM].url}/profiles",
                params={"limit": "200", **({"after": after} if after else {})},
                headers=self._crm,
            )
            response.raise_for_status()
            page = response.json()
            for profile in page["profiles"]:
                found[profile["id"]] = _values(profile["fields"])
            after = page.get("next")
            if after is None:
                return found

    async def _figures(self) -> dict[tuple[str, str], Figure]:
        asked = {"metric": SHOWN, "window": "5m"}
        answers = await asyncio.gather(
            *(self._json(SCORING, "/v1/metrics", **asked, dimension=name) for name in ("all", "channel", "team"))
        )
        return {
            (part["metric"], row["key"]): Figure(row["value"], row["n"])
            for answer in answers
            for part in (answer, *answer["also"])
            for row in part["values"]
        }

    async def _json(self, service: Service, path: str, **params: str | Sequence[str]) -> dict[str, Any]:
        response = await self._client.get(f"{self._children[service].url}{path}", params=params, headers=self._key)
        response.raise_for_status()
        body: dict[str, Any] = response.json()
        return body


def _values(fields: Mapping[str, Any]) -> dict[str, Any]:
    bare = {name: field.get("value") if isinstance(field, Mapping) else field for name, field in fields.items()}
    return {name: value for name, value in bare.items() if value is not None}
