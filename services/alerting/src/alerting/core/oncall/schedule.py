"""Who is on call at a moment: layers of rotations and calendars, and what overrides make of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from alerting.core.oncall.places import Place
from alerting.core.oncall.rotation import Rotation

Effect = Literal["on", "off"]
Source = Literal["rotation", "calendar", "override"]


@dataclass(frozen=True, slots=True)
class Calendar:
    """A layer that somebody else keeps, read from ``place`` at intervals."""

    place: Place


Layer = Rotation | Calendar


@dataclass(frozen=True, slots=True)
class Schedule:
    """``zone``: the clocks of its hand-overs, and of a calendar's events that name no zone. Layers count from 1."""

    id: str
    zone: ZoneInfo
    layers: tuple[Layer, ...]

    @property
    def calendars(self) -> tuple[tuple[int, Calendar], ...]:
        """Its calendars, each with the number of its layer."""
        return tuple((n, layer) for n, layer in enumerate(self.layers, 1) if isinstance(layer, Calendar))


@dataclass(frozen=True, slots=True)
class Shift:
    """Somebody is on call on a layer from ``start`` until before ``end``.

    ``mark`` tells one turn, event or override of the layer from the next: shifts of two marks are never joined.
    """

    layer: int
    person: str
    start: datetime
    end: datetime
    source: Source = "calendar"
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """A change of the schedule by somebody's hand, from ``start`` until before ``end`` (both in UTC).

    Attributes:
        effect: ``on``: this person, and nobody else, is on call on the layer, also outside its hours;
            ``off``: this person is not.
        layer: None only for ``off``: on every layer.
    """

    id: str
    person: str
    effect: Effect
    layer: int | None
    start: datetime
    end: datetime


class Held(NamedTuple):
    """Who is on call, and by what."""

    person: str
    source: Source
    mark: str


def on_call(
    schedule: Schedule, at: datetime, overrides: Sequence[Override] = (), shifts: Sequence[Shift] = ()
) -> tuple[tuple[str, ...], ...]:
    """For each layer the ids of who is on call at ``at`` (aware); an empty tuple: nobody.

    Args:
        overrides: those of this schedule, in the order they were made: each changes what those before it made.
        shifts: what its calendars say.
    """
    return tuple(tuple(each.person for each in held) for held in holding(schedule, at, overrides, shifts))


def holding(
    schedule: Schedule, at: datetime, overrides: Sequence[Override], shifts: Sequence[Shift]
) -> tuple[tuple[Held, ...], ...]:
    """The same, and by what."""
    return tuple(
        _overridden(_planned(schedule, number, layer, at, shifts), number, at, overrides)
        for number, layer in enumerate(schedule.layers, 1)
    )


def _planned(schedule: Schedule, number: int, layer: Layer, at: datetime, shifts: Sequence[Shift]) -> tuple[Held, ...]:
    if isinstance(layer, Calendar):
        there = sorted(
            (each for each in shifts if each.layer == number and each.start <= at < each.end),
            key=lambda each: (each.start, each.person, each.mark),
        )
        return tuple({each.person: Held(each.person, "calendar", each.mark) for each in reversed(there)}.values())[::-1]
    turn = layer.turn(at, schedule.zone)
    if turn is None or not layer.is_open(at):
        return ()
    return (Held(layer.person(turn), "rotation", str(turn)),)


def _overridden(held: tuple[Held, ...], number: int, at: datetime, overrides: Sequence[Override]) -> tuple[Held, ...]:
    for each in overrides:
        if each.layer in (None, number) and each.start <= at < each.end:
            if each.effect == "on":
                held = (Held(each.person, "override", each.id),)
            else:
                held = tuple(one for one in held if one.person != each.person)
    return held
