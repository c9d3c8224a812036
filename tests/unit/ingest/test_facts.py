"""What is known of a contact does not depend on how its pieces came."""

import random
from datetime import UTC, datetime, timedelta, timezone
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from ingest.vendors.facts import LONGEST_TEXT, MOST_FACTS, dumped, loaded, merge
from ingest.vendors.outcome import Fact, Part

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

# Few keys, few moments and values that Python takes for equal, so that they meet.
VALUES = st.one_of(
    st.sampled_from([True, False, 0, 1, 2, 1.0, 0.0, -0.0, 1e16, 10**16, 1e300, "", "1", "true"]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
)
MOMENTS = st.integers(0, 3).map(lambda minutes: START + timedelta(minutes=minutes))
PARTS = st.builds(
    Part,
    at=st.just(""),
    contact=st.just("c-1"),
    facts=st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4),
    seen_at=MOMENTS,
)


def part(minutes: float = 0, /, **facts: bool | int | float | str) -> Part:
    return Part("", "c-1", facts, START + timedelta(minutes=minutes))


def known(*parts: Part) -> dict[str, Fact]:
    return reduce(merge, parts, {})


@given(st.lists(PARTS, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_pieces_and_repeats_change_nothing(parts: list[Part], chance: random.Random) -> None:
    again = parts + chance.choices(parts, k=len(parts)) if parts else []
    chance.shuffle(again)
    assert dumped(known(*again)) == dumped(known(*parts))


@given(st.lists(PARTS, max_size=4), st.lists(PARTS, max_size=4))
def test_what_was_kept_and_read_back_goes_on_as_if_it_had_never_been_away(
    before: list[Part], after: list[Part]
) -> None:
    back = loaded(dumped(known(*before)))
    assert dumped(back) == dumped(known(*before))
    assert dumped(reduce(merge, after, back)) == dumped(known(*before, *after))


@given(st.lists(st.sets(st.integers(0, 400), max_size=150), max_size=5), st.randoms(use_true_random=False))
def test_also_beyond_the_limit_the_order_changes_nothing(keys: list[set[int]], chance: random.Random) -> None:
    parts = [part(n, **{f"k{key:03}": n for key in some}) for n, some in enumerate(keys)]
    shuffled = chance.sample(parts, len(parts))
    assert known(*shuffled) == known(*parts)
    assert len(known(*parts)) == min(MOST_FACTS, len(set().union(*keys)))


def test_the_newest_value_of_each_fact_stays() -> None:
    facts = known(part(2, status="solved", agent="a-1"), part(1, status="open", team="billing"))
    assert facts == {
        "agent": Fact("a-1", START + timedelta(minutes=2)),
        "status": Fact("solved", START + timedelta(minutes=2)),
        "team": Fact("billing", START + timedelta(minutes=1)),
    }


def test_the_same_value_said_again_later_is_newer() -> None:
    assert known(part(1, status="open"), part(2, status="open"))["status"].seen_at == START + timedelta(minutes=2)


def test_of_two_values_of_one_moment_the_same_one_stays_whatever_their_types() -> None:
    for one, other in ((1, True), (1, 1.0), (0.0, -0.0), ("1", 1), ("a", "b"), (10**16, 1e16)):
        facts = known(part(fact=one), part(fact=other))
        assert dumped(facts) == dumped(known(part(fact=other), part(fact=one)))


def test_a_moment_is_the_same_in_every_time_zone() -> None:
    berlin = Part("", "c-1", {"status": "a"}, (START + timedelta(minutes=1)).astimezone(timezone(timedelta(hours=1))))
    assert known(berlin, part(0, status="b"))["status"].value == "a"


def test_a_flood_of_keys_and_an_endless_text_are_bounded() -> None:
    facts = known(part(**{f"k{number:04}": "é" * 20_000 for number in range(300)}))
    assert sorted(facts) == [f"k{number:04}" for number in range(MOST_FACTS)]
    assert {len(str(fact.value)) for fact in facts.values()} == {LONGEST_TEXT}


def test_merging_leaves_what_was_given_alone() -> None:
    before = known(part(0, status="open"))
    merge(before, part(1, status="solved"))
    assert before["status"].value == "open"
