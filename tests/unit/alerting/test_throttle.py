"""What is told singly and what is bundled, for one recipient."""

from hypothesis import given
from hypothesis import strategies as st

from alerting.core.message import WHATS
from alerting.core.throttle import BUNDLED, URGENT_TIMES, Shares, Waiting, share


def pages(count: int, **more: bool) -> list[Waiting]:
    return [Waiting(number, "page", **more) for number in range(1, count + 1)]


def test_up_to_the_limit_all_is_told_singly() -> None:
    assert share(pages(3), told=0, limit=3, bundle_open=False) == Shares((1, 2, 3), ())


def test_what_is_beyond_the_limit_is_bundled() -> None:
    assert share(pages(5), told=0, limit=3, bundle_open=False) == Shares((1, 2, 3), (4, 5))


def test_what_was_told_within_the_minute_counts() -> None:
    assert share(pages(4), told=2, limit=3, bundle_open=False) == Shares((1,), (2, 3, 4))


def test_a_bundle_of_one_is_not_made_but_joined() -> None:
    assert share(pages(1), told=3, limit=3, bundle_open=False) == Shares((), ())
    assert share(pages(1), told=3, limit=3, bundle_open=True) == Shares((), (1,))


def test_first_pages_go_ahead_whatever_fell_due_before() -> None:
    waiting = [Waiting(1, "page"), Waiting(2, "reminder"), Waiting(3, "page", urgent=True), Waiting(4, "page", True)]
    assert share(waiting, told=0, limit=2, bundle_open=False) == Shares((4, 3), (1, 2))


def test_what_is_urgent_has_a_limit_of_its_own_and_a_hard_one() -> None:
    urgent = pages(URGENT_TIMES * 2 + 2, urgent=True)
    shares = share([*urgent, Waiting(99, "page")], told=0, limit=2, bundle_open=False)
    assert shares.single == tuple(range(1, URGENT_TIMES * 2 + 1))
    assert shares.bundled == (URGENT_TIMES * 2 + 1, URGENT_TIMES * 2 + 2, 99)


def test_bundles_follow_ups_and_incidents_take_nobodys_place() -> None:
    waiting = [Waiting(1, "bundle"), Waiting(2, "closed"), Waiting(3, "incident"), Waiting(4, "page", True)]
    assert share(waiting, told=9, limit=1, bundle_open=False) == Shares((3, 2, 1), ())
    assert share(waiting, told=0, limit=1, bundle_open=False) == Shares((4, 3, 2, 1), ())


WAITING = st.builds(Waiting, st.integers(1, 10_000), st.sampled_from(WHATS), first=st.booleans(), urgent=st.booleans())
QUEUES = st.lists(WAITING, max_size=60, unique_by=lambda each: each.id)


@given(QUEUES, st.integers(0, 100), st.integers(1, 20), st.booleans())
def test_nothing_is_lost_told_twice_or_beyond_the_limits(
    waiting: list[Waiting], told: int, limit: int, bundle_open: bool
) -> None:
    shares = share(waiting, told=told, limit=limit, bundle_open=bundle_open)
    handled = [*shares.single, *shares.bundled]
    assert len(handled) == len(set(handled))
    by_id = {each.id: each for each in waiting}
    left = set(by_id) - set(handled)
    assert len(left) <= 1  # a last single one that waits for room
    assert all(by_id[id_].what in BUNDLED for id_ in [*shares.bundled, *left])
    counted = [by_id[id_] for id_ in shares.single if by_id[id_].what in BUNDLED]
    assert len(counted) <= max(0, limit * URGENT_TIMES - told)
    if not any(each.urgent for each in counted):
        assert len(counted) <= max(0, limit - told)
    if any(by_id[id_].urgent for id_ in shares.bundled):
        assert told + len(counted) >= limit * URGENT_TIMES


@given(QUEUES, st.integers(0, 100), st.integers(1, 20))
def test_no_page_that_is_not_urgent_is_told_before_the_first_page_of_another_case(
    waiting: list[Waiting], told: int, limit: int
) -> None:
    shares = share(waiting, told=told, limit=limit, bundle_open=True)
    by_id = {each.id: each for each in waiting}
    held_first = [by_id[id_] for id_ in shares.bundled if by_id[id_].what == "page" and by_id[id_].first]
    if held_first:
        later = [by_id[id_] for id_ in shares.single if by_id[id_].what in BUNDLED and not by_id[id_].first]
        assert all(each.urgent for each in later)
