"""One suite over every vendor adapter and every golden file of theirs."""

import contextlib
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from events.problems import Invalid
from ingest.vendors import delivery
from ingest.vendors.outcome import Outcome, Part, Thin
from ingest.vendors.registry import VENDORS
from support import golden
from support.golden import Case, Delivery

CASES = golden.cases()
ODD = (None, "", "x", -1, 1e300, True, [], {}, "�", "9" * 400)


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def outcomes(case: Case) -> Iterator[Outcome]:
    for delivered in case.deliveries:
        yield from case.read(delivered)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_every_vendor_has_golden_files(vendor: Any) -> None:
    assert [case for case in CASES if case.vendor is vendor]


def test_each_delivery_says_what_the_golden_file_says(case: Case) -> None:
    for delivered in case.deliveries:
        assert [delivery.explained(outcome) for outcome in case.read(delivered)] == delivered.says


def test_what_is_fetched_says_what_the_golden_file_says(case: Case) -> None:
    for delivered in case.deliveries:
        for thin in [outcome for outcome in case.read(delivered) if isinstance(outcome, Thin)]:
            found = [delivery.explained(outcome) for outcome in case.fetched(delivered, thin)]
            assert delivered.fetched is not None
            assert found == delivered.fetched["says"]


def test_pieces_make_the_same_contacts_in_every_order_and_however_often(case: Case) -> None:
    pieces = [outcome for outcome in outcomes(case) if isinstance(outcome, Part)]
    for order in itertools.islice(itertools.permutations(pieces), 120):
        assert case.assembled(order) == dict(case.contacts)
    assert case.assembled([*pieces, *pieces]) == dict(case.contacts)


def test_the_same_delivery_again_has_the_same_ids(case: Case) -> None:
    for delivered in case.deliveries:
        assert case.read(delivered) == case.read(delivered)


def test_whatever_is_changed_in_a_document_only_a_declared_refusal_comes_of_it(case: Case) -> None:
    for delivered in case.deliveries:
        for raw in _changed(delivered):
            with contextlib.suppress(Invalid):
                case.read(_with(delivered, raw))


def _with(delivered: Delivery, raw: bytes) -> Delivery:
    return Delivery(raw, delivered.content_type, delivered.headers, delivered.says, delivered.fetched)


def _changed(delivered: Delivery) -> Iterator[bytes]:
    """The body with one value replaced or left out, each in turn; where it is no JSON, cut at each place."""
    try:
        document = json.loads(delivered.raw)
    except ValueError:
        step = max(1, len(delivered.raw) // 300)
        yield from (delivered.raw[:size] for size in range(0, len(delivered.raw), step))
        return
    yield from (json.dumps(odd).encode() for odd in ODD)
    for holder, key in _places(document):
        kept = holder[key]
        for odd in ODD:
            holder[key] = odd
            yield json.dumps(document).encode()
        holder[key] = kept
        if isinstance(holder, dict):
            items = list(holder.items())
            del holder[key]
            yield json.dumps(document).encode()
            holder.clear()
            holder.update(items)


def _places(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        own: list[tuple[Any, Any]] = [(value, key) for key in value]
        return own + [place for child in value.values() for place in _places(child)]
    if isinstance(value, list):
        own = [(value, number) for number in range(len(value))]
        return own + [place for child in value for place in _places(child)]
    return []
