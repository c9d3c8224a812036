"""Panels about metrics. Each shows what the number rests on, and whatever the metric must never be shown without."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from deploy.grafana.panel import BARE, Panel, Query, ref

from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Metric, Unit
from scoring.telemetry import gauge_name

UNIT: Mapping[Unit, str] = {"ratio": "percentunit", "seconds": "s", "score": "none", "contacts": "short"}
COUNT = "short"
_FAINT = {
    "custom.axisPlacement": "right",
    "custom.axisLabel": "n",
    "custom.drawStyle": "bars",
    "custom.lineWidth": 0,
    "custom.fillOpacity": 12,
}
_EDGE = {"custom.lineWidth": 0, "custom.hideFrom": {"legend": True, "tooltip": False, "viz": False}}


def select(gauge: str, window: str, dimension: str, by: str = "key", key: str = "") -> str:
    """A gauge, as one series per key whichever replica exports it."""
    only = f',key=~"{key}"' if key else ""
    labels = f'tenant="$tenant",window="{window}",dimension="{dimension}"{only}'
    return f"max by ({by}) ({gauge}{{{labels}}})"


def number(name: str, window: str = "$window") -> Panel:
    """The value for all, its sample size, and what belongs beside it."""
    metric = METRICS[name]
    return Panel(
        "stat",
        metric.title,
        f"{metric.definition} Window: {_said(window)}. n is what it rests on: below 5 look at n only.",
        tuple(_value_and_n(metric, window, "all", "", "value")),
        UNIT[metric.unit],
        width=4,
        height=5,
        options=BARE,
    )


def trend(name: str, window: str = "$window") -> Panel:
    """The value for all over time within its 95 % interval, with n behind it."""
    metric = METRICS[name]
    plain, gauge = f"amends_{name}", gauge_name(metric)
    return Panel(
        "timeseries",
        f"{metric.title}, and how sure it is",
        f"{metric.definition} At each moment over the window before it: {_said(window)}. Band: 95 % interval."
        " Bars: sample size.",
        (
            Query(select(gauge, window, "all"), metric.title),
            Query(select(f"{plain}_low", window, "all"), "95 % low", properties=_EDGE),
            Query(
                select(f"{plain}_high", window, "all"),
                "95 % high",
                properties=_EDGE | {"custom.fillBelowTo": "95 % low", "custom.fillOpacity": 15},
            ),
            Query(select(f"{plain}_sample_size", window, "all"), "n", COUNT, _FAINT),
        ),
        UNIT[metric.unit],
        width=12,
    )


def lines(name: str, dimension: str, window: str, key: str = "") -> Panel:
    """The value per key over time, with n and what belongs beside it."""
    metric = METRICS[name]
    word = dimension.replace("_", " and ")
    return Panel(
        "timeseries",
        f"{metric.title} by {word}",
        f"{metric.definition} At each moment over the window before it: {_said(window)}. Bars: sample size.",
        tuple(_value_and_n(metric, window, dimension, key, "{{key}}", _FAINT)),
        UNIT[metric.unit],
        width=12,
    )


def percentiles(name: str, window: str) -> Panel:
    """The mean, the percentiles and n for all; the window must be one of those with percentiles."""
    metric = METRICS[name]
    shares = select(f"amends_{name}_percentile_seconds", window, "all", by="percentile")
    return Panel(
        "timeseries",
        f"{metric.title}: median, p90, p99",
        f"{metric.definition} Percentiles are right within 2 % and cover whole hours. Window: {_said(window)}.",
        (*_value_and_n(metric, window, "all", "", "mean", _FAINT), Query(shares, "p{{percentile}}")),
        UNIT[metric.unit],
        width=12,
    )


def table(dimension: str, shown: Mapping[str, str], key: str = "") -> Panel:
    """One line per key. ``shown``: metric to window. Of each the value, its interval where it has one, and n."""
    queries: list[Query] = []
    names = {"key": dimension.replace("_", " / ")}
    for name, window in shown.items():
        metric = METRICS[name]
        for title, gauge, unit in _columns(metric):
            names[f"Value #{ref(len(queries))}"] = title
            queries.append(Query(select(gauge, window, dimension, key=key), title, unit))
    definitions = " ".join(f"{METRICS[n].title}, {_said(w)}: {METRICS[n].definition}" for n, w in shown.items())
    return Panel(
        "table",
        f"By {dimension.replace('_', ' and ')}",
        f"{definitions} An empty cell is no data. Sorted by how many contacts it rests on.",
        tuple(queries),
        COUNT,
        width=24,
        height=10,
        options={"showHeader": True, "sortBy": [{"displayName": "contacts", "desc": True}]},
        transformations=(
            {"id": "merge", "options": {}},
            {"id": "organize", "options": {"excludeByName": {"Time": True}, "renameByName": names}},
        ),
    )


def _columns(metric: Metric) -> Iterator[tuple[str, str, str]]:
    """(title, gauge, unit)"""
    if metric.unit == "contacts":
        title = "contacts" if metric.name == "contact_volume" else metric.title
        yield title, gauge_name(metric), COUNT
        yield f"n of {title}", f"amends_{metric.name}_sample_size", COUNT
        return
    unit, plain = UNIT[metric.unit], f"amends_{metric.name}"
    yield metric.title, gauge_name(metric), unit
    if metric.unit == "ratio":
        yield f"{metric.title}, 95 % low", f"{plain}_low", unit
        yield f"{metric.title}, 95 % high", f"{plain}_high", unit
    yield f"{metric.title}, n", f"{plain}_sample_size", COUNT


def _value_and_n(
    metric: Metric, window: str, dimension: str, key: str, name: str, faint: Mapping[str, Any] | None = None
) -> Iterator[Query]:
    yield Query(select(gauge_name(metric), window, dimension, key=key), _named(name, metric))
    yield Query(
        select(f"amends_{metric.name}_sample_size", window, dimension, key=key),
        "n" if dimension == "all" else f"{name} n",
        COUNT,
        faint or {},
    )
    for other in _beside(metric):
        select_other = select(gauge_name(other), window, dimension, key=key)
        title = other.title if dimension == "all" else f"{name} {other.title}"
        yield Query(select_other, title, UNIT[other.unit], {"custom.axisPlacement": "right"} if faint else {})
        n = select(f"amends_{other.name}_sample_size", window, dimension, key=key)
        yield Query(n, f"{title}, n", COUNT, faint or {})


def _named(name: str, metric: Metric) -> str:
    return metric.title if name == "value" else name


def _beside(metric: Metric) -> Sequence[Metric]:
    return [METRICS[name] for name in metric.beside]


def _said(window: str) -> str:
    return "as chosen above" if window.startswith("$") else f"the last {window}"
