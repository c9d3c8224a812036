"""What msgspec does not see to, checked for all values of one type at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from operator import attrgetter
from typing import Any

from msgspec import Struct
from msgspec.structs import force_setattr

from events.quick.shapes import Shape
from events.vocabulary import parse_instant

Gather = Callable[[Iterable[Struct]], Iterator[Any]]


class Checks:
    """The checks of one shape."""

    def __init__(self, shape: Shape) -> None:
        self._instant_fields = shape.instants
        self._instants = _gather(shape.instants)
        self._words = tuple((alphabet, _gather(names)) for alphabet, names in shape.alphabets.items())
        self._validators = shape.validators

    def run(self, things: Sequence[Struct], payloads: Sequence[Any]) -> datetime | None:
        """Check them, and put their moments in UTC. Returns the latest moment.

        Args:
            payloads: of events, their payloads; of payloads, themselves.

        Raises:
            ValueError, AssertionError: one of them may not be.
        """
        for alphabet, words in self._words:
            if not alphabet.has_all(filter(None, words(things))):
                raise ValueError("a character that is not allowed")
        moments = list(filter(None, self._instants(things)))
        if moments and (earliest := min(moments)).year <= 2000:
            parse_instant(earliest)  # says whether it is too early
        if not all(moment.tzinfo is UTC for moment in moments):
            self._to_utc(things)
            moments = list(filter(None, self._instants(things)))
        for validate in self._validators:
            for payload in payloads:
                validate(payload)
        return max(moments, default=None)

    def _to_utc(self, things: Iterable[Any]) -> None:
        for thing in things:
            for name in self._instant_fields:
                owner = thing.data if name.startswith("data.") else thing
                field = name.removeprefix("data.")
                moment = getattr(owner, field)
                if moment is not None and moment.tzinfo is not UTC:
                    force_setattr(owner, field, parse_instant(moment))


def _gather(names: Sequence[str]) -> Gather:
    """What these fields hold, of many."""
    if not names:
        return lambda things: iter(())
    get = attrgetter(*names)
    if len(names) == 1:
        return lambda things: map(get, things)
    return lambda things: chain.from_iterable(map(get, things))
