"""Durations in buckets that grow by 4 %: additive, and any percentile of them is right within 2 %.

Bucket 0 holds 0 ms; bucket i > 0 holds the durations above 1.04^(i-1) and up to 1.04^i milliseconds. A percentile is
told as the middle of its bucket, 2 x 1.04^i / 2.04 (DDSketch: Masson, Rim, Lee, PVLDB 12, 2019), which no duration in
it differs from by more than 1/51 = 2 %.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from scoring.core.measures import HISTOGRAMS

GROWTH = 1.04
RELATIVE_ERROR = (GROWTH - 1) / (GROWTH + 1)
_LOG = math.log(GROWTH)
_CODES = 1000  # buckets per histogram; the longest duration a contact may have, 31 days, is in bucket 554
_PLACE = {name: place for place, name in enumerate(HISTOGRAMS)}


def bucket_of(ms: int) -> int:
    """The bucket of a duration in milliseconds; negative ones count as 0."""
    if ms <= 0:
        return 0
    found = math.ceil(math.log(ms) / _LOG - 1e-9)
    return min(max(found, 1), _CODES - 1)


def seconds_of(bucket: int) -> float:
    """The duration told for a bucket, in seconds."""
    return 0.0 if bucket == 0 else 2 * GROWTH**bucket / (GROWTH + 1) / 1000


def code_of(histogram: str, ms: int) -> int:
    """One number for a bucket of a histogram, as stored."""
    return _PLACE[histogram] * _CODES + bucket_of(ms)


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many durations are in which bucket."""

    counts: Mapping[int, int] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return sum(self.counts.values())

    def percentile(self, share: float) -> float | None:
        """The duration in seconds that ``share`` (0 to 1) of them do not exceed, within 2 %; None without any."""
        n = self.n
        if n <= 0:
            return None
        rank, passed = max(1, math.ceil(share * n)), 0
        for bucket in sorted(self.counts):
            passed += self.counts[bucket]
            if passed >= rank:
                return seconds_of(bucket)
        return None


def by_name(codes: Mapping[int, int]) -> dict[str, Histogram]:
    """Stored bucket numbers with their counts, as one histogram per name; those without any are left out, and those
    with a count below 0, which cannot be right."""
    found: dict[str, dict[int, int]] = {}
    for code, count in codes.items():
        place, bucket = divmod(code, _CODES)
        if count and place < len(HISTOGRAMS):
            found.setdefault(HISTOGRAMS[place], {})[bucket] = count
    return {name: Histogram(counts) for name, counts in found.items() if min(counts.values()) > 0}
