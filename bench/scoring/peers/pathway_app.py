"""Pathway: its Kafka connector and sliding windows per agent, told whenever they change, with persistence on.

Windows that are told once, when they have closed, would need an event after the last: nothing was told for minutes.
"""

from typing import Any

import pathway as pw
from progress import BOOTSTRAP, LENGTH, RUN, STATE, STEP, Progress

progress = Progress()


class Event(pw.Schema):
    agent: str
    revision: int | None = pw.column_definition(default_value=None)
    instrument: str | None = pw.column_definition(default_value=None)
    value: int | None = pw.column_definition(default_value=None)


SETTINGS = {"bootstrap.servers": BOOTSTRAP, "group.id": f"bench-pathway-{RUN}", "auto.offset.reset": "earliest"}
events = pw.io.kafka.read(
    SETTINGS,
    topic="bench-by-agent",
    format="json",
    schema=Event,
    with_metadata=True,
    name="events",
    autocommit_duration_ms=100,  # small steps, or it takes in everything at once and tells nothing for minutes
)
answered = pw.this.instrument.is_not_none()
items = events.filter(answered | (pw.this.revision == 1)).select(
    pw.this.agent,
    at=pw.this._metadata["timestamp_millis"].as_int(unwrap=True) // 1000,
    contacts=pw.if_else(answered, 0, 1),
    answers=pw.if_else(answered, 1, 0),
    satisfied=pw.if_else(answered & (pw.coalesce(pw.this.value, 0) >= 4), 1, 0),
)
windows = items.windowby(
    pw.this.at,
    window=pw.temporal.sliding(hop=STEP, duration=LENGTH),
    instance=pw.this.agent,
    behavior=pw.temporal.common_behavior(cutoff=12 * LENGTH),
).reduce(
    agent=pw.this._pw_instance,
    start=pw.this._pw_window_start,
    contacts=pw.reducers.sum(pw.this.contacts),
    answers=pw.reducers.sum(pw.this.answers),
    satisfied=pw.reducers.sum(pw.this.satisfied),
)


def told(key: Any, row: dict[str, Any], time: int, is_addition: bool) -> None:
    if is_addition:
        progress.closed(row["agent"], row["start"], row["contacts"], row["answers"], row["satisfied"])


def counted(key: Any, row: dict[str, Any], time: int, is_addition: bool) -> None:
    if is_addition:
        read.append((time, row["events"]))


def done(time: int) -> None:
    """The windows have taken in everything that was read up to then."""
    reached = [events for at, events in read if at <= time]
    if reached:
        progress.reached(max(reached))


read: list[tuple[int, int]] = []
pw.io.subscribe(windows, told, on_time_end=done)
pw.io.subscribe(events.reduce(events=pw.reducers.count()), counted)
kept = pw.persistence.Config(pw.persistence.Backend.filesystem(STATE), snapshot_interval_ms=5_000)
progress.begin()
pw.run(persistence_config=kept, monitoring_level=pw.MonitoringLevel.NONE)
