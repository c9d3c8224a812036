"""One panel as Grafana's JSON: what it asks Prometheus, how it is shown, and what it means in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

NEWEST = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
BARE = {"textMode": "value_and_name", "colorMode": "none", "graphMode": "none", "orientation": "horizontal", **NEWEST}
"""A stat without colour or sparkline: whether a number is good is not for a colour to say."""
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
NO_DATA = "no data"


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression.

    Attributes:
        name: the legend; ``{{label}}`` is filled in by Grafana.
        unit: Grafana's id of it, where it is another one than the panel's.
        properties: further field settings for what this query returns, by Grafana's id.
    """

    expr: str
    name: str
    unit: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Panel:
    """A rectangle of a dashboard; ``width`` of 24 columns, ``height`` in rows of 30 pixels."""

    type: str
    title: str
    description: str
    queries: tuple[Query, ...] = ()
    unit: str = "none"
    width: int = 6
    height: int = 8
    options: Mapping[str, Any] = field(default_factory=dict)
    custom: Mapping[str, Any] = field(default_factory=dict)
    transformations: tuple[Mapping[str, Any], ...] = ()

    @property
    def instant(self) -> bool:
        """Whether only the newest value is asked for."""
        return self.type in ("stat", "table")

    def sized(self, width: int, height: int | None = None) -> "Panel":
        return replace(self, width=width, height=height or self.height)

    def document(self, number: int, x: int, y: int) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": number,
            "type": self.type,
            "title": self.title,
            "description": self.description,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "options": dict(self.options),
        }
        if self.queries:
            found |= {
                "datasource": DATASOURCE,
                "targets": [self._target(query, place) for place, query in enumerate(self.queries)],
                "fieldConfig": {
                    "defaults": {"unit": self.unit, "noValue": NO_DATA, "custom": dict(self.custom)},
                    "overrides": self._overrides(),
                },
                "transformations": list(self.transformations),
            }
        return found

    def _target(self, query: Query, place: int) -> dict[str, Any]:
        return {
            "refId": ref(place),
            "datasource": DATASOURCE,
            "expr": query.expr,
            "legendFormat": query.name,
            "instant": self.instant,
            "range": not self.instant,
            "format": "table" if self.type == "table" else "time_series",
        }

    def _overrides(self) -> Sequence[dict[str, Any]]:
        found = []
        for place, query in enumerate(self.queries):
            settings = ({"unit": query.unit} if query.unit else {}) | dict(query.properties)
            if settings:
                properties = [{"id": name, "value": value} for name, value in settings.items()]
                found.append({"matcher": self._matcher(query, place), "properties": properties})
        return found

    def _matcher(self, query: Query, place: int) -> dict[str, str]:
        """A table's queries are merged before fields are set, and known by their column names only."""
        if self.type == "table":
            return {"id": "byName", "options": query.name}
        return {"id": "byFrameRefID", "options": ref(place)}


def ref(place: int) -> str:
    """A, B, C, …"""
    return chr(ord("A") + place)
