"""How numbers become answers."""

from collections.abc import Mapping

from scoring.api.answers import (
    ChangeShown,
    ComparedShown,
    NumberShown,
    PercentilesShown,
    Row,
    Shown,
    TrendShown,
    WindowShown,
)
from scoring.core.histogram import RELATIVE_ERROR
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Metric, Value
from scoring.core.statistics import reliability
from scoring.core.window import Window
from scoring.figures import Compared, Figure, Percentiles


def definition(metric: Metric) -> dict[str, object]:
    return {
        "metric": metric.name,
        "title": metric.title,
        "unit": metric.unit,
        "definition_version": metric.version,
        "definition": metric.definition,
        "better": metric.better,
        "beside": list(metric.beside),
        "percentiles": metric.histogram is not None,
    }


def shown(value: Value) -> dict[str, object]:
    return {"value": value.value, "n": value.n, "interval": value.interval, "reliability": reliability(value.n)}


def shown_value(value: Value) -> Shown:
    return Shown(**shown(value))


def window_shown(window: Window, asked: Window | None = None) -> WindowShown:
    """``asked``: what was asked for, where ``window`` is what it was widened to."""
    told = asked or window
    return WindowShown(name=told.name, start=window.start, end=window.end, zone=told.zone.key)


def number(metric: Metric, figure: Figure) -> dict[str, object]:
    """The fields of a NumberShown."""
    trend = None
    if figure.short is not None and figure.long is not None:
        trend = TrendShown(short=_compared(metric, figure.short), long=_compared(metric, figure.long))
    return {
        **shown(figure.value),
        "percentiles": _percentiles(figure.percentiles),
        "compared": figure.compared and _compared(metric, figure.compared),
        "trend": trend,
    }


def rows(metric: Metric, figures: Mapping[str, Mapping[str, Figure]]) -> list[Row]:
    found = []
    for key, by_name in figures.items():
        figure = by_name[metric.name]
        beside = {name: NumberShown(**number(METRICS[name], other)) for name, other in figure.beside.items()}
        found.append(Row(key=key, beside=beside, **number(metric, figure)))
    return found


def _percentiles(found: Percentiles | None) -> PercentilesShown | None:
    if found is None:
        return None
    return PercentilesShown(p50=found.p50, p90=found.p90, p99=found.p99, n=found.n, relative_error=RELATIVE_ERROR)


def _compared(metric: Metric, then: Compared) -> ComparedShown:
    change = then.change
    return ComparedShown(
        **shown(then.value),
        windows=[window_shown(window) for window in then.windows],
        change=ChangeShown(
            reason=change.reason,
            flagged=change.flagged,
            difference=change.difference,
            interval=change.interval,
            verdict=change.verdict(metric.better),
        ),
    )
