"""What ingest tells about its sources file: whether the last reload went well, and when one last did."""

from prometheus_client import CollectorRegistry, Gauge


class SourcesTelemetry:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._failed = Gauge(
            "amends_ingest_sources_reload_failed",
            "1 while the sources file or a secret is wrong and what was valid before goes on.",
            registry=registry,
        )
        self._at = Gauge(
            "amends_ingest_sources_reload_timestamp_seconds",
            "When the sources were last read without complaint, in seconds since 1970.",
            registry=registry,
        )

    def reloaded(self, well: bool) -> None:
        self._failed.set(0 if well else 1)
        if well:
            self._at.set_to_current_time()
