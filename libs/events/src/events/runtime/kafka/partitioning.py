"""Which partition a key belongs to, decided here rather than by the client library."""

import zlib


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of ``key`` in a topic of ``partitions``: CRC-32 modulo their number, as librdkafka has it.

    Not the murmur2 of the Java clients: aiokafka computes that in pure Python, 12-18 µs for a key of ours, which is
    more than all the rest of writing a record costs. Whoever else writes these topics must agree (ADR 9).
    """
    return zlib.crc32(key) % partitions
