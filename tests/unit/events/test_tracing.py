"""Spans are made where somebody takes them, and else nothing is."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from events.origin import NOWHERE, Origin
from events.runtime import tracing, tracing_setup
from events.runtime.stream import Outgoing, Partition, Record
from events.runtime.tracing_http import Traced
from events.runtime.tracing_records import about, processing, sending, sent
from events.runtime.tracing_setup import close_tracing, configure_tracing, is_wanted
from support.happened import csat, event

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAMPLED = Origin("r-1", f"00-{TRACE}-{PARENT}-01", "acme=1")
UNSAMPLED = Origin("r-1", f"00-{TRACE}-{PARENT}-00")


class Told:
    """The spans that have ended, by name."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()

    def __call__(self) -> dict[str, ReadableSpan]:
        flush()
        return {span.name: span for span in self.exporter.get_finished_spans()}


def flush() -> None:
    assert tracing_setup._provider is not None
    tracing_setup._provider.force_flush()


@pytest.fixture
def told() -> Iterator[Told]:
    found = Told()
    configure_tracing("ingest", found.exporter)
    yield found
    close_tracing()


def records(*origins: Origin) -> list[Any]:
    return [event("survey.answered", csat(1)).came_of(origin) for origin in origins]


def other(number: int) -> Origin:
    return Origin(None, f"00-{number:032x}-{number:016x}-01")


def test_what_comes_of_a_request_is_next_to_it_in_its_trace_and_keeps_its_name(told: Told) -> None:
    with tracing.following("open case", SAMPLED) as span:
        after = span.carry(SAMPLED)
    opened = told()["open case"]
    assert f"{opened.context.trace_id:032x}" == TRACE
    assert f"{opened.parent.span_id:016x}" == PARENT  # type: ignore[union-attr]
    assert after == Origin("r-1", f"00-{TRACE}-{opened.context.span_id:016x}-01", "acme=1")


def test_of_what_nobody_wants_to_see_or_nobody_asked_for_there_is_no_span(told: Told) -> None:
    for origin in (UNSAMPLED, NOWHERE, Origin("r-1"), Origin(None, "garbage")):
        with tracing.following("open case", origin) as span, tracing.part("a part"):
            assert span.carry(origin) == origin
    with processing("mentions", records(UNSAMPLED, NOWHERE)):
        pass
    assert told() == {}


def test_a_batch_of_many_requests_is_a_trace_of_its_own_linked_to_each_once(told: Told) -> None:
    with processing("survey-responses", records(other(1), other(2), other(2), UNSAMPLED, NOWHERE)):
        pass
    (batch,) = told().values()
    assert (batch.name, batch.kind, batch.parent) == ("process survey-responses", SpanKind.CONSUMER, None)
    assert sorted(link.context.trace_id for link in batch.links) == [1, 2]
    assert batch.attributes is not None
    assert batch.attributes["messaging.batch.message_count"] == 5


def test_a_batch_links_to_a_bounded_number_of_requests(told: Told) -> None:
    with processing("mentions", records(*(other(number) for number in range(1, 501)))):
        pass
    (batch,) = told().values()
    assert len(batch.links) == tracing.MOST_LINKS


def test_a_batch_of_one_request_is_in_its_trace_and_what_it_opens_is_linked_to_it(told: Told) -> None:
    with processing("mentions", records(SAMPLED, SAMPLED)), tracing.following("open case", SAMPLED):
        pass
    batch, opened = told()["process mentions"], told()["open case"]
    assert batch.parent is not None
    assert (f"{batch.context.trace_id:032x}", f"{batch.parent.span_id:016x}") == (TRACE, PARENT)
    assert opened.links[0].context.span_id == batch.context.span_id


async def test_records_that_are_never_sent_have_no_span(told: Told) -> None:
    with tracing.serving("POST", NOWHERE, {}):
        sending()
        span = sending()
        sent(span, [Outgoing("mentions", None, None), Outgoing("interactions", None, None)])
        with span:
            pass
    assert told().keys() == {"POST", "send"}


async def test_an_error_is_told_by_its_type_alone(told: Told) -> None:
    with pytest.raises(ValueError, match="canary"), tracing.serving("POST", NOWHERE, {}):
        raise ValueError("canary")
    (span,) = told().values()
    assert span.attributes is not None
    assert span.attributes["error.type"] == "ValueError"
    assert "canary" not in span.to_json()


async def test_of_an_address_only_its_pattern_is_told_and_those_who_watch_us_are_not(told: Told) -> None:
    class Route:
        path = "/v1/preferences/{customer_id}"

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["route"] = Route()
        await send({"type": "http.response.start", "status": 503, "headers": []})

    async def take(message: Any) -> None:
        return None

    scope = {"type": "http", "method": "GET", "headers": [], "query_string": b"q=canary", "scheme": "https"}
    for path in ("/v1/preferences/canary", "/metrics", "/livez", "/readyz"):
        await Traced(app)({**scope, "path": path}, None, take)  # type: ignore[arg-type]
    told()
    (span,) = told.exporter.get_finished_spans()
    assert span.name == "GET /v1/preferences/{customer_id}"
    assert not span.status.is_ok
    assert "canary" not in span.to_json()


async def test_a_request_that_breaks_is_told_with_its_pattern_too(told: Told) -> None:
    class Route:
        path = "/v1/preferences/{customer_id}"

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["route"] = Route()
        raise ValueError("canary")

    scope = {"type": "http", "method": "GET", "headers": [], "path": "/v1/preferences/canary"}
    with pytest.raises(ValueError, match="canary"):
        await Traced(app)(scope, None, None)  # type: ignore[arg-type]
    (span,) = told().values()
    assert (span.name, span.status.is_ok) == ("GET /v1/preferences/{customer_id}", False)
    assert "canary" not in span.to_json()


def test_a_log_line_knows_what_is_being_done(told: Told) -> None:
    assert tracing.now() == {}
    with tracing.following("open case", SAMPLED):
        now = tracing.now()
    assert now == {"trace_id": TRACE, "span_id": f"{told()['open case'].context.span_id:016x}"}


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "TRUE"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_it_is_on_where_a_collector_is_named_and_not_to_be_left_alone(environ: dict[str, str], wanted: bool) -> None:
    assert is_wanted(environ) is wanted


def test_without_a_collector_nothing_is_traced_and_context_goes_on_as_it_came() -> None:
    assert sending() is processing("mentions", records(SAMPLED)) is tracing.following("x", SAMPLED) is tracing.UNTOLD
    assert sending().carry(SAMPLED) is SAMPLED
    assert tracing.here(SAMPLED) is SAMPLED


def run(program: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return subprocess.run(
        (sys.executable, "-c", program),
        env={**kept, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


SERVICES = """
import sys
import ingest.main, scoring.main, alerting.main, profile_sync.main
from events.runtime.tracing_setup import configure_tracing
configure_tracing("ingest")
found = [name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter", "requests"))]
sys.exit(str(found) if found else 0)
"""


def test_without_a_collector_no_service_imports_the_sdk() -> None:
    done = run(SERVICES)
    assert done.returncode == 0, done.stderr


AWAY = """
import sys, time
from events.origin import NOWHERE
from events.runtime import tracing, tracing_setup
from events.runtime.logs import configure_logging
from events.runtime.tracing_setup import close_tracing, configure_tracing
configure_logging("info", "ingest")
configure_tracing("ingest")
began = time.monotonic()
for _ in range(10_000):
    with tracing.serving("POST", NOWHERE, {}):
        pass
made = time.monotonic() - began
time.sleep(1.5)
began = time.monotonic()
close_tracing(1.0)
print(made, time.monotonic() - began)
"""


def test_a_collector_that_is_away_stops_nothing_and_is_complained_of_once() -> None:
    done = run(
        AWAY,
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9",
        OTEL_EXPORTER_OTLP_TIMEOUT="0.5",
        OTEL_BSP_SCHEDULE_DELAY="100",
    )
    made, left = map(float, done.stdout.split())
    assert (made < 10, left < 2) == (True, True), done.stdout
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in told] == ["tracing", "the collector takes no spans; they are lost until it does"]


def test_leaving_does_not_wait_for_a_collector_that_hangs() -> None:
    answers = threading.Event()

    class Hanging(InMemorySpanExporter):
        def export(self, spans: Any) -> Any:
            answers.wait(20)
            return super().export(spans)

    configure_tracing("ingest", Hanging())
    with tracing.serving("POST", NOWHERE, {}):
        pass
    began = time.monotonic()
    close_tracing(0.2)
    took = time.monotonic() - began
    answers.set()
    assert took < 10


FLAGGED = """
import random
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from events.origin import Origin
from events.runtime import tracing
from events.runtime.tracing_setup import close_tracing, configure_tracing
chance, told = random.Random(7), InMemorySpanExporter()
configure_tracing("ingest", told)
for _ in range(1000):
    caller = Origin(None, f"00-{chance.getrandbits(128):032x}-00f067aa0ba902b7-01")
    with tracing.serving("POST", caller, {}):
        onward = tracing.here(caller)
    with tracing.following("open case", onward):
        pass
close_tracing()
names = [span.name for span in told.get_finished_spans()]
print(names.count("POST"), names.count("open case"))
"""


def test_a_sender_who_wants_all_recorded_gets_the_share_that_was_set() -> None:
    """docs/tracing.md: traceidratio; and what comes of a request is recorded if the request was."""
    done = run(FLAGGED, OTEL_TRACES_SAMPLER="traceidratio", OTEL_TRACES_SAMPLER_ARG="0.01")
    requests, cases = map(int, done.stdout.splitlines()[-1].split())
    assert 0 < requests < 40, done.stderr
    assert cases == requests


def test_what_the_operator_says_of_a_service_goes_first() -> None:
    program = (
        "from events.runtime.tracing_export import _resource as r; a = r('alerting').attributes;"
        "print(a['service.name'], a['service.namespace'], a['service.version'] != '', a.get('team'))"
    )
    assert run(program).stdout.split() == ["alerting", "amends", "True", "None"]
    said = run(program, OTEL_SERVICE_NAME="ours", OTEL_RESOURCE_ATTRIBUTES="team=x,service.namespace=shop")
    assert said.stdout.split() == ["ours", "shop", "True", "x"]


def test_an_origin_survives_its_column_and_a_row_of_the_version_before_has_none() -> None:
    assert Origin.from_json(SAMPLED.to_json()) == SAMPLED
    assert Origin.from_json({"request_id": "r-1", "of a newer release": "x"}) == Origin("r-1")
    assert Origin.from_json(None) == NOWHERE
    assert NOWHERE.to_json() is None


def test_a_record_is_named_by_what_can_be_read_of_its_headers() -> None:
    headers = (("ce_id", b"a b\n"), ("ce_requestid", b"r-1"), ("ce_traceparent", None), ("ce_source", b"/canary"))
    record = Record(Partition("mentions", 1), 7, datetime.now(UTC), None, None, headers)  # type: ignore[arg-type]
    assert about(record) == {"topic": "mentions", "partition": 1, "offset": 7, "request_id": "r-1"}


def test_a_record_of_who_asked_to_be_forgotten_is_not_named() -> None:
    headers = (("ce_id", b"forget-cus-canary"), ("ce_requestid", b"r-1"))
    said = [
        about(Record(Partition(topic, 1), 7, datetime.now(UTC), None, None, headers))
        for topic in ("customers", "mentions")
    ]
    assert [line.get("event_id") for line in said] == [None, "forget-cus-canary"]
    assert {line["request_id"] for line in said} == {"r-1"}
