"""The peers of the bench: what makes the comparison fair."""

from aiokafka.partitioner import DefaultPartitioner
from bench.ingest.peers.bare import KEYS

from events.topics import INTERACTIONS


def test_the_bare_app_uses_every_partition_equally() -> None:
    partitions = list(range(INTERACTIONS.partitions))
    assert sorted(DefaultPartitioner()(key, partitions, partitions) for key in KEYS) == partitions
