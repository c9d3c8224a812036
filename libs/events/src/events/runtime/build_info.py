"""Which version runs, told on /metrics."""

from importlib.metadata import version

from prometheus_client import CollectorRegistry, Gauge

BUILD_INFO = "amends_build_info"


def tell_version(registry: CollectorRegistry, service: str) -> None:
    """``amends_build_info{service, version} 1``: rollouts are seen, and ``amends doctor`` compares."""
    told = Gauge(BUILD_INFO, "1, by the version that runs.", ["service", "version"], registry=registry)
    told.labels(service, version(f"amends-{service}")).set(1)
