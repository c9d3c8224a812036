"""Bytewax: its Kafka source, ``fold_window`` over sliding windows on event time; run with recovery on.

Only an agent's own events are compared in time, and they come in order, so that a minute's patience is enough.
"""

import json
from datetime import UTC, datetime, timedelta

import bytewax.operators as op
import bytewax.operators.windowing as win
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.operators.windowing import EventClock, SlidingWindower
from progress import BOOTSTRAP, LENGTH, STEP, Progress, counted

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
progress = Progress()

Item = tuple[datetime, tuple[int, int, int]]


def understood(message: KafkaSourceMessage[bytes, bytes]) -> tuple[str, Item] | None:
    progress.one()
    found = counted(json.loads(message.value))
    if found is None:
        return None
    return message.key.decode(), (datetime.fromtimestamp(message.timestamp[1] / 1000, UTC), found)


def add(sums: list[int], item: Item) -> list[int]:
    return [total + more for total, more in zip(sums, item[1], strict=True)]


def merge(one: list[int], other: list[int]) -> list[int]:
    return [a + b for a, b in zip(one, other, strict=True)]


def told(closed: tuple[str, tuple[int, list[int]]]) -> None:
    agent, (number, sums) = closed
    progress.closed(agent, EPOCH.timestamp() + number * STEP, *sums)


flow = Dataflow("bench")
source = KafkaSource([BOOTSTRAP], ["bench-by-agent"])
items = op.filter_map("understood", op.input("kafka", flow, source), understood)
clock: EventClock[Item] = EventClock(lambda item: item[0], wait_for_system_duration=timedelta(minutes=1))
windower = SlidingWindower(timedelta(seconds=LENGTH), timedelta(seconds=STEP), EPOCH)
windows = win.fold_window("rolling", items, clock, windower, lambda: [0, 0, 0], add, merge)
op.inspect("told", windows.down, lambda _, closed: told(closed))
