"""Whatever comes, however often and in whatever order: the panes equal a plain recomputation over the latest facts."""

import os
import random
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from events.customer import CustomerErased
from events.envelope import DEFAULT_TENANT, Event
from events.hours.calendar_file import calendars
from scoring.core.attribution import DIMENSIONS
from scoring.core.facts.pseudonym import digest
from scoring.core.histogram import bucket_of
from support import reference_hours
from support.reference import Reference, differences
from support.reference_histories import OTHER_TENANT, Histories
from support.reference_twin import GRAINS, Twin

EXAMPLES = int(os.environ.get("AMENDS_EXACTNESS_EXAMPLES", "2000"))
CALENDARS = calendars(reference_hours.DOCUMENT)


Chance = st.integers(0, 2**32 - 1).map(random.Random)
"""One number a choice, not one for each of its hundred parts: shrinking leaves out events, not fields."""


class Scoring(RuleBasedStateMachine):
    """Things are said; some wait and are overtaken, some come again; now and then a consumer takes a batch."""

    def __init__(self) -> None:
        super().__init__()
        self.twin = Twin(CALENDARS)
        self.accepted: list[Event[Any]] = []
        self.waiting: list[Event[Any]] = []

    @initialize(erasures=st.sampled_from((False, False, True)), many=st.sampled_from((2, 4)))
    def begin(self, erasures: bool, many: int) -> None:
        self.histories = Histories(random.choice, contacts=many, answers=many, erasures=erasures)

    @rule(events=st.lists(Chance, min_size=2, max_size=10))
    def said(self, events: list[random.Random]) -> None:
        for chance in events:
            self.histories.pick = chance.choice
            self.waiting.append(self.histories.next())

    @rule(chance=Chance, many=st.integers(1, 12), again=st.integers(0, 3))
    def taken(self, chance: random.Random, many: int, again: int) -> None:
        """In any order, some of them twice, some for the second time."""
        chance.shuffle(self.waiting)
        batch, self.waiting = self.waiting[:many], self.waiting[many:]
        self.accepted += batch
        resent = [chance.choice(self.accepted) for _ in range(again if self.accepted else 0)]
        self.twin.apply([*batch, *resent])
        self.exact(("all",), ("minute",))

    def teardown(self) -> None:
        self.twin.apply(self.waiting)
        self.accepted += self.waiting
        self.exact(DIMENSIONS, GRAINS)
        self.forgotten()

    def forgotten(self) -> None:
        """No fact says any more which of the erased customers it was about."""
        for event in self.accepted:
            if isinstance(event.data, CustomerErased):
                assert not self.twin.facts_with(digest(event.tenant, event.data.customer_id) or "")

    def exact(self, dimensions: tuple[str, ...], grains: tuple[str, ...]) -> None:
        for tenant in (DEFAULT_TENANT, OTHER_TENANT):
            expected = Reference(self.accepted, tenant, open_ms=reference_hours.open_ms)
            for dimension in dimensions:
                for grain in grains:
                    found = self.twin.panes(dimension, grain, tenant)
                    assert not differences(found, expected.panes(dimension, grain)), (tenant, dimension, grain)
                assert _counts(self.twin, dimension, tenant) == _buckets(expected, dimension)


def _counts(twin: Twin, dimension: str, tenant: str) -> dict[tuple[str, str], dict[int, int]]:
    return {
        (key, name): {bucket: n for bucket, n in histogram.counts.items() if n}
        for key, named in twin.histograms(dimension, tenant).items()
        for name, histogram in named.items()
    }


def _buckets(expected: Reference, dimension: str) -> dict[tuple[str, str], dict[int, int]]:
    found: dict[tuple[str, str], dict[int, int]] = {}
    for key, named in expected.durations(dimension).items():
        for name, durations in named.items():
            counts = found.setdefault((key, name), {})
            for took in durations:
                counts[bucket_of(took)] = counts.get(bucket_of(took), 0) + 1
    return found


TestScoring = pytest.mark.timeout(900)(Scoring.TestCase)  # 40 s on an idle machine, which CI's is not
TestScoring.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=16,
    deadline=None,
    print_blob=True,
)
