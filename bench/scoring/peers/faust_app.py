"""Faust (faust-streaming): an agent and a hopping table in RocksDB, which keeps a changelog topic."""

from typing import Any

import faust
from progress import BOOTSTRAP, LENGTH, STATE, STEP, Progress, counted

progress = Progress()
app = faust.App(
    "bench-faust",
    broker=f"kafka://{BOOTSTRAP}",
    store="rocksdb://",
    datadir=STATE,
    topic_partitions=6,
    web_enabled=False,
)
topic = app.topic("bench-by-agent", key_type=bytes, key_serializer="raw", value_serializer="json")


def told(key: Any, sums: Any) -> None:
    agent, (start, _) = key
    progress.closed(agent, start, *sums)


scores = app.Table("scores", default=lambda: [0, 0, 0], partitions=6, on_window_close=told).hopping(
    LENGTH, STEP, expires=LENGTH
)


def add(sums: list[int], more: tuple[int, int, int]) -> list[int]:
    return [total + extra for total, extra in zip(sums, more, strict=True)]


@app.agent(topic)
async def score(stream: Any) -> None:
    async for key, event in stream.items():
        progress.one()
        found = counted(event)
        if found is not None:
            scores[key.decode()].apply(add, found)


app.main()
