"""What is known of one contact, from pieces that come in any order, twice, or late.

``merge`` is a join: the pieces may come in any order, any number of times, and the facts end the same. So nobody has to
count deliveries, and a vendor's retry changes nothing.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from ingest.vendors.outcome import Fact, Part, Scalar

MOST_FACTS = 200
LONGEST_TEXT = 8192


def merge(known: Mapping[str, Fact], part: Part) -> dict[str, Fact]:
    """All facts after ``part``: per key the newest stays; of two of one moment, the greater as JSON text.

    At most ``MOST_FACTS`` keys stay, the first in the order of their names: to keep those that came first would make
    the result depend on the order of arrival. Texts are cut to ``LONGEST_TEXT`` characters. Neither is an error.
    """
    merged = dict(known)
    for key, value in part.facts.items():
        fact = Fact(value[:LONGEST_TEXT] if isinstance(value, str) else value, part.seen_at)
        if key not in merged or _rank(fact) > _rank(merged[key]):
            merged[key] = fact
    return {key: merged[key] for key in sorted(merged)[:MOST_FACTS]}


def _rank(fact: Fact) -> tuple[datetime, str]:
    return (fact.seen_at, json.dumps(fact.value))


def dumped(facts: Mapping[str, Fact]) -> str:
    """As JSON text, for keeping."""
    return json.dumps({key: (fact.value, fact.seen_at.isoformat()) for key, fact in facts.items()})


def loaded(text: str) -> dict[str, Fact]:
    """The facts that ``dumped`` wrote."""
    kept: dict[str, tuple[Scalar, str]] = json.loads(text)
    return {key: Fact(value, datetime.fromisoformat(seen_at)) for key, (value, seen_at) in kept.items()}
