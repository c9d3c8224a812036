"""Percentiles from buckets: within the stated bound, additive, and taken back exactly."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import Seconds
from scoring.core import histogram
from scoring.core.histogram import RELATIVE_ERROR, Histogram, bucket_of, by_name, code_of, seconds_of

LONGEST = 31 * 24 * 3600 * 1000


@given(st.integers(1, LONGEST))
def test_a_duration_is_told_within_two_percent(ms: int) -> None:
    assert abs(seconds_of(bucket_of(ms)) * 1000 - ms) <= RELATIVE_ERROR * ms * (1 + 1e-6)
    assert RELATIVE_ERROR < 0.02


def test_no_time_is_told_as_no_time() -> None:
    assert seconds_of(bucket_of(0)) == 0.0
    assert bucket_of(-5) == 0


def test_the_longest_duration_has_a_bucket_of_its_own() -> None:
    [bound] = [meta.le for meta in Seconds.__metadata__[0].metadata if hasattr(meta, "le")]
    assert bound * 1000 == LONGEST
    assert bucket_of(LONGEST) < histogram._CODES - 1


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99, 1.0])
def test_a_percentile_is_that_of_the_plain_list_within_the_bound(share: float) -> None:
    durations = [int(random.Random(7).lognormvariate(10, 1.5)) for _ in range(1)] + [
        int(random.Random(seed).lognormvariate(10, 1.5)) for seed in range(2000)
    ]
    counts: dict[int, int] = {}
    for ms in durations:
        counts[bucket_of(ms)] = counts.get(bucket_of(ms), 0) + 1
    exact = sorted(durations)[max(1, math.ceil(share * len(durations))) - 1] / 1000
    assert Histogram(counts).percentile(share) == pytest.approx(exact, rel=0.02)


def test_without_durations_there_is_no_percentile() -> None:
    assert Histogram().percentile(0.5) is None
    assert Histogram({7: 0}).percentile(0.5) is None


def test_buckets_come_back_under_the_name_they_were_stored_by() -> None:
    found = by_name({code_of("wait", 5000): 2, code_of("handle", 5000): 1, code_of("claim", 1): 0})
    assert {name: h.n for name, h in found.items()} == {"wait": 2, "handle": 1}
    assert found["wait"].counts == found["handle"].counts | {bucket_of(5000): 2}


def test_one_with_a_count_below_zero_is_left_out_alone() -> None:
    codes = {code_of("wait", 1000): -1, code_of("wait", 5000): 9, code_of("hold", 1000): 2}
    assert by_name(codes).keys() == {"hold"}
