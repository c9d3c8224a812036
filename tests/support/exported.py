"""Every metric that a service of ours may have on its page."""

from functools import cache

import pytest
from prometheus_client import CollectorRegistry

from alerting.oncall_feeds.telemetry import OncallTelemetry
from alerting.telemetry import (
    AuditTelemetry,
    CaseTelemetry,
    ClockTelemetry,
    DeliveryTelemetry,
    PagingTelemetry,
    ReportTelemetry,
)
from events.runtime.database import create_engine
from events.runtime.retention import Pruner
from events.runtime.telemetry import ConsumerTelemetry
from ingest.core.breaker import State
from ingest.core.gate import Gate
from ingest.fetch_telemetry import FetchTelemetry
from ingest.sources_telemetry import SourcesTelemetry
from ingest.telemetry import SourceTelemetry, watch
from ingest.telemetry import Telemetry as IngestTelemetry
from profile_sync.telemetry import Standing
from profile_sync.telemetry import Telemetry as SyncTelemetry
from scoring.announcing.telemetry import AnnouncementTelemetry
from scoring.digests.job import DigestTelemetry
from scoring.recognition.telemetry import MessageTelemetry
from scoring.telemetry import Freshness, MetricGauges, Spoiled
from support import prometheus


@cache
def exported() -> set[str]:
    """Every name a service may have on its page, and every recorded one."""
    registry = CollectorRegistry()
    MetricGauges(registry)
    Freshness(registry, lambda: pytest.fail("nobody asks for the time"))
    Spoiled(registry)
    AnnouncementTelemetry(registry)
    MessageTelemetry(registry)
    DigestTelemetry(registry)
    IngestTelemetry(registry, ())
    SourceTelemetry(registry)
    SourcesTelemetry(registry)
    FetchTelemetry(registry)
    watch(registry, Gate(), lambda: State.CLOSED)
    ConsumerTelemetry(registry, "scoring")
    Pruner(create_engine("postgresql://nobody@127.0.0.1/none", "none"), (), registry)
    CaseTelemetry(registry)
    DeliveryTelemetry(registry, ())
    AuditTelemetry(registry)
    ReportTelemetry(registry)
    PagingTelemetry(registry)
    ClockTelemetry(registry)
    OncallTelemetry(registry, ())
    SyncTelemetry(registry)
    Standing(registry)
    found = {rule["record"] for rule in prometheus.rules() if "record" in rule}
    for family in registry.collect():
        endings = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}.get(family.type, ("",))
        found |= {family.name + ending for ending in endings}
    return found
