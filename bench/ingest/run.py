"""The figures of one measurement."""

from dataclasses import dataclass

from bench.ingest.machine import Look
from bench.ingest.statistics import percentile
from bench.ingest.window import Window


@dataclass(frozen=True, slots=True)
class Run:
    """One peer, one shape, one loop, in one round.

    Attributes:
        seconds: that counted.
        p50_ms, p99_ms, max_ms: from when a request was due to its answer.
        service_us: CPU time of the service per event, in µs, and so on.
        broker_us: None where the broker is not ours.
        service_share: of the time that counted, how much the service was on its core; and so on.
        elsewhere_share: cores busy with anything else on this machine; 0 on a quiet one, nearly.
    """

    round: int
    peer: str
    shape: str
    loop: str
    seconds: float
    requests_per_second: float
    events_per_second: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    service_us: float
    broker_us: float | None
    service_share: float
    broker_share: float | None
    generator_share: float
    elsewhere_share: float

    @property
    def events_per_core_second(self) -> float:
        """What the service would take with a core it could use whole."""
        return 1e6 / self.service_us


def run_of(number: int, name: tuple[str, str, str], events: int, window: Window[Look]) -> Run:
    """``name``: peer, shape, loop. ``events`` in a request."""
    seconds, count = window.seconds, window.answered * events
    service = window.after.service - window.before.service
    generator = window.after.generator - window.before.generator
    everybody = window.after.everybody - window.before.everybody
    broker = None
    if window.after.broker is not None and window.before.broker is not None:
        broker = window.after.broker - window.before.broker
    milliseconds = [latency * 1000 for latency in window.latencies]
    return Run(
        number,
        *name,
        seconds=seconds,
        requests_per_second=window.answered / seconds,
        events_per_second=count / seconds,
        p50_ms=percentile(milliseconds, 0.5),
        p99_ms=percentile(milliseconds, 0.99),
        max_ms=max(milliseconds),
        service_us=service / count * 1e6,
        broker_us=None if broker is None else broker / count * 1e6,
        service_share=service / seconds,
        broker_share=None if broker is None else broker / seconds,
        generator_share=generator / seconds,
        elsewhere_share=max(0.0, everybody - service - generator - (broker or 0.0)) / seconds,
    )
