"""What the house believes of its dashboards: fresh, explained, and no number without what it rests on."""

import json
from typing import Any

import pytest
from deploy.grafana.__main__ import DASHBOARDS, FOLDER, files

from scoring.core.metrics import METRICS
from scoring.telemetry import gauge_name
from support import prometheus
from support.exported import exported

UNITS = {"none", "short", "bytes", "percentunit", "s", "cps", "reqps"}
PANELS = [
    pytest.param(dashboard.uid, panel, id=f"{dashboard.uid}/{panel['title']}")
    for dashboard in DASHBOARDS
    for panel in dashboard.document()["panels"]
    if panel["type"] != "row"
]


def queried(panel: dict[str, Any]) -> list[str]:
    return [target["expr"] for target in panel.get("targets", ())]


def test_the_dashboards_are_fresh() -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert kept == files(), "run: make dashboards"


def test_dashboards_and_their_panels_have_ids_of_their_own() -> None:
    documents = [json.loads(content) for content in files().values()]
    assert len({document["uid"] for document in documents}) == len(documents)
    for document in documents:
        ids = [panel["id"] for panel in document["panels"]]
        assert len(set(ids)) == len(ids)


def test_no_two_panels_overlap() -> None:
    for dashboard in DASHBOARDS:
        taken: set[tuple[int, int]] = set()
        for panel in dashboard.document()["panels"]:
            place = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not cells & taken, panel["title"]
            assert place["x"] + place["w"] <= 24
            taken |= cells


@pytest.mark.parametrize(("uid", "panel"), PANELS)
def test_a_panel_says_what_it_shows_in_which_unit_and_when_there_is_nothing(uid: str, panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"]
    if panel["type"] == "text":
        return
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"] in UNITS
    assert defaults["noValue"] == "no data"
    assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]) <= 26
    assert all(target["legendFormat"] for target in panel["targets"])


@pytest.mark.parametrize(("uid", "panel"), PANELS)
def test_a_panel_asks_for_metrics_that_are_exported(uid: str, panel: dict[str, Any]) -> None:
    assert {name for expr in queried(panel) for name in prometheus.names(expr)} <= exported()


def test_the_rules_ask_for_metrics_that_are_exported() -> None:
    assert {name for rule in prometheus.rules() for name in prometheus.names(rule["expr"])} <= exported()


@pytest.mark.parametrize(("uid", "panel"), PANELS)
def test_a_number_is_shown_with_its_sample_size(uid: str, panel: dict[str, Any]) -> None:
    for metric in METRICS.values():
        asked = [expr for expr in queried(panel) if gauge_name(metric) in prometheus.names(expr)]
        for expr in asked:
            assert expr.replace(gauge_name(metric), f"amends_{metric.name}_sample_size") in queried(panel)


@pytest.mark.parametrize(("uid", "panel"), PANELS)
def test_a_number_is_shown_with_what_it_would_mislead_without(uid: str, panel: dict[str, Any]) -> None:
    """Above all: no handle time without satisfaction, of the same people over the same time."""
    for metric in METRICS.values():
        for expr in queried(panel):
            if gauge_name(metric) in prometheus.names(expr):
                beside = {expr.replace(gauge_name(metric), gauge_name(METRICS[other])) for other in metric.beside}
                assert beside <= set(queried(panel))


@pytest.mark.parametrize("metric", [metric for metric in METRICS.values() if metric.beside], ids=lambda m: m.name)
def test_a_rule_about_a_number_is_about_what_it_would_mislead_without(metric: Any) -> None:
    for rule in prometheus.rules():
        asked = prometheus.names(rule["expr"])
        if any(name.startswith((f"amends_{metric.name}_", f"amends:{metric.name}_")) for name in asked):
            for other in metric.beside:
                assert any(name.startswith((f"amends_{other}_", f"amends:{other}_")) for name in asked), rule


def test_every_metric_is_on_a_dashboard() -> None:
    asked = {
        name for _, panel in (p.values for p in PANELS) for expr in queried(panel) for name in prometheus.names(expr)
    }
    assert {gauge_name(metric) for metric in METRICS.values()} <= asked
