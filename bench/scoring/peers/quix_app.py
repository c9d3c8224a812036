"""Quix Streams: a hopping window per message key on event time, told when it closes; RocksDB, changelog topic on."""

from datetime import timedelta

from progress import BOOTSTRAP, LENGTH, RUN, STATE, STEP, Progress, counted
from quixstreams import Application
from quixstreams.dataframe.windows.aggregations import Sum

progress = Progress()
app = Application(BOOTSTRAP, consumer_group=f"bench-quix-{RUN}", auto_offset_reset="earliest", state_dir=STATE)
topic = app.topic("bench-by-agent", key_deserializer="str", value_deserializer="json")


def understood(event: dict[str, object]) -> dict[str, int] | None:
    progress.one()
    found = counted(event)
    return dict(zip(("contacts", "answers", "satisfied"), found, strict=True)) if found else None


def told(window: dict[str, int], agent: str, _timestamp: int, _headers: object) -> None:
    progress.closed(agent, window["start"] / 1000, window["contacts"], window["answers"], window["satisfied"])


rows = app.dataframe(topic).apply(understood).filter(lambda row: row is not None)
windows = rows.hopping_window(timedelta(seconds=LENGTH), timedelta(seconds=STEP))
sums = windows.agg(contacts=Sum("contacts"), answers=Sum("answers"), satisfied=Sum("satisfied"))
sums.final().update(told, metadata=True)
app.run()
