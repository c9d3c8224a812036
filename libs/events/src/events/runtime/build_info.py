"""What runs, told on /metrics: which version it is, and what its process takes."""

from importlib.metadata import version

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector

BUILD_INFO = "amends_build_info"


def tell_version(registry: CollectorRegistry, service: str) -> None:
    """``amends_build_info{service, version} 1``: rollouts are seen, and ``amends doctor`` compares. Beside it the
    ``process_…`` metrics that Prometheus' own libraries have: memory, processor time, open files and how many may be.
    """
    told = Gauge(BUILD_INFO, "1, by the version that runs.", ["service", "version"], registry=registry)
    told.labels(service, version(f"amends-{service}")).set(1)
    ProcessCollector(registry=registry)
