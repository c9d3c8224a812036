"""Faust (faust-streaming): an agent and a hopping table in RocksDB, which keeps a changelog topic."""

from typing import Any

import faust
from progress import BOOTSTRAP, LENGTH, RUN, STATE, STEP, Progress, counted

MONTHS = 60 * 86_400
"""Seconds until a window is forgotten, by the clock on the wall, whatever the time of its events: so, after the run."""

progress = Progress()
app = faust.App(
    f"bench-faust-{RUN}",
    broker=f"kafka://{BOOTSTRAP}",
    store="rocksdb://",
    datadir=STATE,
    topic_partitions=6,
    web_enabled=False,
)
topic = app.topic("bench-by-agent", key_type=bytes, key_serializer="raw", value_serializer="json")


scores = app.Table("scores", default=lambda: [0, 0, 0], partitions=6).hopping(LENGTH, STEP, expires=MONTHS)


def add(sums: list[int], more: tuple[int, int, int]) -> list[int]:
    return [total + extra for total, extra in zip(sums, more, strict=True)]


@app.agent(topic)
async def score(stream: Any) -> None:
    async for event in stream.events():
        progress.one()
        agent, at = event.key.decode(), event.message.timestamp
        found = counted(event.value)
        if found is not None:
            windows = scores[agent]
            progress.closed(agent, (at - LENGTH) // STEP * STEP, *windows.delta(LENGTH))
            windows.apply(add, found)


app.main()
