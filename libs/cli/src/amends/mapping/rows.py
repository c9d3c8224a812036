"""One row to its events, or to what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amends.mapping.compiler import EventMaker, Mapper
from amends.mapping.converters import Unreadable, Value
from events import codec
from events.envelope import Payload
from events.problems import Invalid, Problem

# When it happened: the first of these the payload has.
_MOMENTS = ("submitted_at", "sent_at", "published_at", "requested_at", "ended_at", "offered_at")


@dataclass(frozen=True, slots=True)
class Mapped:
    """What became of a row: its CloudEvents as JSON objects, or the problems that keep it out. Never both."""

    events: Sequence[Mapping[str, Any]]
    problems: Sequence[Problem] = ()


def map_row(mapper: Mapper, row: Mapping[str, str]) -> Mapped:
    """All events of a row, or, where one of them is not valid, none and every complaint."""
    values = _Values(mapper, row)
    events: list[Mapping[str, Any]] = []
    for maker in mapper.events:
        if values.holds(maker.when, default=True) and not values.holds(maker.unless, default=False):
            data = {name: made for name, made in values.fields(maker).items() if made is not None}
            if not values.problems:
                events += _event(mapper, maker, data, values)
    return Mapped((), tuple(values.problems)) if values.problems else Mapped(tuple(events))


def _event(mapper: Mapper, maker: EventMaker, data: dict[str, Value], values: "_Values") -> list[Mapping[str, Any]]:
    try:
        payload = codec.payload(maker.type, data, at="/data")
        document = cloud_event(payload, mapper.document.source, codec.identity_of(maker.type, payload))
        codec.attributes({name: value for name, value in document.items() if name != "data"})
    except Invalid as error:
        values.problems.update(dict.fromkeys(error.problems))
        return []
    return [document]


def cloud_event(payload: Payload, source: str, id_: str) -> dict[str, Any]:
    """The structured CloudEvent of a payload; its time is the moment the payload speaks of."""
    time = next((at for name in _MOMENTS if (at := getattr(payload, name, None)) is not None), None)
    return {
        "specversion": "1.0",
        "id": id_,
        "source": source,
        "type": payload.TYPE,
        **({"time": time.isoformat()} if isinstance(time, datetime) else {}),
        "data": payload.model_dump(mode="json", exclude_defaults=True),
    }


class _Values:
    """The values of one row, each made once, when it is first asked for."""

    def __init__(self, mapper: Mapper, row: Mapping[str, str]) -> None:
        self._mapper = mapper
        self._row = row
        self._made: dict[str, Value | None] = {}
        self.problems: dict[Problem, None] = {}

    def holds(self, name: str | None, *, default: bool) -> bool:
        """Whether the value is there and not false."""
        return default if name is None else self._get(name) not in (None, False)

    def fields(self, maker: EventMaker) -> dict[str, Value | None]:
        made: dict[str, Value | None] = {}
        for name, field in maker.fields.items():
            try:
                made[name] = field.make(self._row, self._get)
            except Unreadable as error:
                self._complain(f"/data/{name}", error)
        return made

    def _get(self, name: str) -> Value | None:
        if name not in self._made:
            self._made[name] = None
            try:
                self._made[name] = self._mapper.values[name].make(self._row, self._get)
            except Unreadable as error:
                self._complain(f"/values/{name}", error)
        return self._made[name]

    def _complain(self, at: str, error: Unreadable) -> None:
        self.problems[Problem(at, "unreadable", str(error))] = None
