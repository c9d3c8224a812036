"""A dashboard as Grafana's JSON: rows of panels, laid out from left to right."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from deploy.grafana.panel import DATASOURCE, Panel

COLUMNS = 24
SCHEMA = 39  # of Grafana 11; newer ones read it and write their own
LABEL_VALUES = 1  # what Grafana calls the kind of query that our variables are
ALL = {"text": ["All"], "value": ["$__all"]}


@dataclass(frozen=True, slots=True)
class Row:
    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """Chosen at the top of a dashboard.

    Attributes:
        values: to choose from; the first unless another is chosen.
        query: asks Prometheus for the values instead.
        several: whether more than one, or all, may be chosen.
    """

    name: str
    label: str
    values: tuple[str, ...] = ()
    query: str = ""
    several: bool = False

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = {"name": self.name, "label": self.label, "hide": 0}
        if self.values:
            options = [{"text": v, "value": v, "selected": v == self.values[0]} for v in self.values]
            return found | {"type": "custom", "query": ",".join(self.values), "current": options[0], "options": options}
        found |= {"current": ALL, "allValue": ".*"} if self.several else {}
        return found | {
            "type": "query",
            "datasource": DATASOURCE,
            "query": {"qryType": LABEL_VALUES, "query": self.query, "refId": self.name},
            "definition": self.query,
            "refresh": 2,
            "sort": 1,
            "multi": self.several,
            "includeAll": self.several,
        }


TENANT = Variable("tenant", "tenant", query="label_values(amends_contact_volume_sample_size, tenant)")


@dataclass(frozen=True, slots=True)
class Dashboard:
    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = (TENANT,)

    def document(self) -> dict[str, Any]:
        datasource = {"name": "datasource", "label": "data source", "type": "datasource", "query": "prometheus"}
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": ["amends"],
            "schemaVersion": SCHEMA,
            "editable": True,
            "graphTooltip": 1,
            "refresh": "30s",
            "time": {"from": "now-24h", "to": "now"},
            "timezone": "browser",
            "links": [{"type": "dashboards", "tags": ["amends"], "asDropdown": True, "title": "Amends"}],
            "templating": {"list": [datasource, *(variable.document() for variable in self.variables)]},
            "panels": list(self._panels()),
        }

    def _panels(self) -> Iterator[dict[str, Any]]:
        number = y = 0
        for row in self.rows:
            number += 1
            place = {"x": 0, "y": y, "w": COLUMNS, "h": 1}
            yield {"id": number, "type": "row", "title": row.title, "collapsed": False, "gridPos": place, "panels": []}
            x, y, lowest = 0, y + 1, y + 1
            for panel in row.panels:
                if x + panel.width > COLUMNS:
                    x, y = 0, lowest
                number += 1
                yield panel.document(number, x, y)
                x, lowest = x + panel.width, max(lowest, y + panel.height)
            y = lowest
