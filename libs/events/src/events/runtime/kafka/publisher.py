"""Writing to Kafka: acknowledged by every in-sync replica within a deadline, or Unavailable."""

import asyncio
import itertools
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from events.runtime.errors import Unavailable
from events.runtime.kafka.access import Bootstrap
from events.runtime.kafka.calls import Calls
from events.runtime.kafka.client import SEND_SECONDS
from events.runtime.kafka.connection import Connection
from events.runtime.kafka.topic_lanes import TopicLanes
from events.runtime.stream import Outgoing

_topic_of = attrgetter("topic")


class KafkaPublisher:
    """Group commit with acks=all: records of concurrent callers share batches, one in flight per partition.

    Records are in the log in the order of the calls, per partition. Idempotence is off: with it on, sends never end
    while the broker is away; duplicates are what the inbox is for. Started on first use.
    """

    def __init__(self, bootstrap: Bootstrap, *, client_id: str, deadline: float = SEND_SECONDS) -> None:
        """``deadline``: seconds within which each call of ``publish`` ends."""
        self._connection = Connection(bootstrap, client_id, deadline, self._metadata_changed)
        self._topics: dict[str, TopicLanes] = {}
        self._calls = Calls(deadline)
        self._closed = False

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """As the port says. Unavailable comes at once where too much waits for a partition already."""
        if self._closed:
            raise Unavailable("kafka: the publisher is closed")
        if not records:
            await self._connection.open()
            return
        call = self._calls.begin(len(records))
        try:
            for topic, share in itertools.groupby(records, _topic_of):
                self._topic(topic).put(list(share), call)
            await call.answer
        finally:
            call.answer.cancel()  # or done: what has not been sent of a call that ended early never will be

    def _topic(self, name: str) -> TopicLanes:
        found = self._topics.get(name)
        if found is None:
            found = self._topics[name] = TopicLanes(name, self._connection)
        return found

    def _metadata_changed(self, cluster: Any) -> None:
        for name, topic in self._topics.items():
            if numbers := cluster.partitions_for_topic(name):
                topic.resize(len(numbers))

    async def close(self) -> None:
        """Take no more, and end what was taken: as long as its callers would wait, and 5 s to hang up."""
        self._closed = True
        await self._calls.end()
        await self._connection.close()
        tasks = [task for topic in self._topics.values() for task in topic.tasks()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
