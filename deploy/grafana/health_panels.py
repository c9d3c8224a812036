"""Panels about the services themselves."""

from deploy.grafana.panel import BARE, Panel, Query


def graph(title: str, description: str, unit: str, *queries: tuple[str, str]) -> Panel:
    """Over time. ``queries``: (legend, expression)."""
    return Panel("timeseries", title, description, tuple(Query(e, name) for name, e in queries), unit, width=8)


def figure(title: str, description: str, unit: str, *queries: tuple[str, str]) -> Panel:
    """The newest value."""
    found = tuple(Query(expr, name) for name, expr in queries)
    return Panel("stat", title, description, found, unit, width=4, height=5, options=BARE)


def note(title: str, markdown: str) -> Panel:
    return Panel("text", title, title, width=24, height=5, options={"mode": "markdown", "content": markdown})


def quantiles(title: str, description: str, histogram: str, by: str) -> Panel:
    """Median and p99 of a histogram of ours, by one label."""
    buckets = f"sum by (le, {by}) (rate({histogram}_bucket[$__rate_interval]))"
    shares = ((f"p50 {{{{{by}}}}}", 0.5), (f"p99 {{{{{by}}}}}", 0.99))
    return graph(title, description, "s", *((name, f"histogram_quantile({q}, {buckets})") for name, q in shares))
