"""What ``oncall`` prints: plain lines, times by the clocks of the schedule, nothing that could steer a terminal."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from alerting.store.oncall_calendars import CalendarState
from alerting.store.oncall_links import LinkView
from alerting.store.oncall_overrides import OverrideView
from alerting.store.oncall_views import GapView, LayerNow, PersonView, ScheduleNow, ScheduleShifts

Zones = Mapping[str, ZoneInfo]


def as_json(found: Any) -> None:
    """``found``: values as they are shown, lists and mappings of them."""
    _line(json.dumps(found, default=_plain, ensure_ascii=False))


def now(schedules: Sequence[ScheduleNow]) -> None:
    for schedule in schedules:
        _line(f"{schedule.schedule} ({schedule.zone})" + (": NOBODY is on call" if schedule.nobody else ""))
        for layer in schedule.layers:
            _line(f"  layer {layer.layer}  {_layer(layer, ZoneInfo(schedule.zone))}")
    if not schedules:
        _line("the on-call file has no schedules")


def shifts(found: ScheduleShifts) -> None:
    zone = ZoneInfo(found.zone)
    _table(
        [
            ("layer", "from", "until", "who", "by"),
            *(
                (str(each.layer), _time(each.starts, zone), _time(each.ends, zone), each.person.name, each.source)
                for each in found.shifts
            ),
        ]
    )
    gaps(found.gaps, {found.schedule: zone})


def gaps(found: Sequence[GapView], zones: Zones) -> None:
    for each in found:
        zone = zones.get(each.schedule, ZoneInfo("UTC"))
        _line(f"{each.schedule}: nobody is on call from {_time(each.starts, zone)} until {_time(each.ends, zone)}")
    if not found:
        _line("somebody is on call all the time")


def calendars(found: Sequence[CalendarState]) -> None:
    for each in found:
        fetched = f"fetched {_time(each.fetched_at)}" if each.fetched_at else "never fetched"
        _line(
            f"{each.schedule}, layer {each.layer}: calendar {fetched}"
            + (f"; it {each.problem}" if each.problem else "")
        )
        for event in each.unmatched:
            _line(f"  an event from {event['starts']} means nobody of the on-call file: {event['title']}")


def overrides(found: Iterable[OverrideView], zones: Zones) -> None:
    rows = [("id", "schedule", "layer", "person", "", "from", "until", "made by", "ended by")]
    for each in found:
        zone = zones.get(each.schedule, ZoneInfo("UTC"))
        span = (_time(each.starts, zone), _time(min(each.ends, each.ended_at or each.ends), zone))
        layer = str(each.layer or "all")
        rows.append(
            (str(each.id), each.schedule, layer, each.person, each.effect, *span, each.made_by, each.ended_by or "")
        )
    _table(rows) if len(rows) > 1 else _line("no overrides")


def links(found: Iterable[LinkView]) -> None:
    rows = [("id", "of", "made by", "made", "last used", "revoked by")]
    for each in found:
        of = f"schedule {each.schedule}" if each.schedule else f"person {each.person}"
        used = _time(each.used_at) if each.used_at else "never"
        rows.append((each.id, of, each.made_by, _time(each.made_at), used, each.revoked_by or ""))
    _table(rows) if len(rows) > 1 else _line("no links")


def say(text: str) -> None:
    _line(text)


def complain(text: str) -> None:
    sys.stderr.write(f"error: {_printable(text)}\n")


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _layer(layer: LayerNow, zone: ZoneInfo) -> str:
    said = _names(layer.people)
    if layer.until is not None:
        said += f", until {_time(layer.until, zone)}"
    if layer.next is not None and layer.next.starts == layer.until:
        return f"{said}; then {_names(layer.next.people)}"
    return said + (f"; then, from {_time(layer.next.starts, zone)}, {_names(layer.next.people)}" if layer.next else "")


def _names(people: Sequence[PersonView]) -> str:
    return " and ".join(person.name for person in people) or "nobody"


def _time(at: datetime, zone: ZoneInfo | None = None) -> str:
    return f"{at.astimezone(zone or UTC):%a %Y-%m-%d %H:%M %Z}"


def _table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        _line("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _line(text: str) -> None:
    sys.stdout.write(f"{_printable(text)}\n")


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
