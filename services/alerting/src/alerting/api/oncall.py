"""``/v1/oncall``: who is on call, who will be, when nobody is, and changing that by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.api import oncall_calendars
from alerting.core.oncall.asked import End, NewOverride
from alerting.core.oncall.schedule import Schedule
from alerting.core.oncall.shifts import LAST, span_complaint
from alerting.core.people import Person
from alerting.store import oncall, oncall_overrides
from alerting.store.oncall_calendars import CalendarState
from alerting.store.oncall_overrides import OverrideView
from alerting.store.oncall_views import GapView, OncallViews, ScheduleNow, ScheduleShifts
from events.problems import Problem
from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.database import transaction
from events.runtime.guard import require
from events.runtime.problem_details import ProblemError
from events.runtime.request_body import body, body_schema
from events.vocabulary import Instant

AHEAD = timedelta(days=14)
LONGEST_LIST = 500
ScheduleId = Annotated[str, Path(max_length=64, description="As in the on-call file.")]
EXAMPLE = {
    "by": "Dana", "schedule": "recovery", "layer": 1, "person": "ravi",
    "starts": "2026-03-02T08:00:00Z", "ends": "2026-03-02T12:00:00Z", "note": "Dana is at the dentist's.",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Now:
    at: datetime
    schedules: list[ScheduleNow]


class Warnings(BaseModel):
    """`gaps`: when nobody is on call on any layer. `calendars`: those that are read, with what is wrong with them."""

    until: datetime
    gaps: list[GapView]
    calendars: list[CalendarState]


class Overrides(BaseModel):
    overrides: list[OverrideView] = Field(description="The newest first, at most 500.")


def router(
    engine: AsyncEngine, schedules: Mapping[str, Schedule], people: Mapping[str, Person], keyring: Keyring
) -> APIRouter:
    routes = APIRouter(prefix="/v1/oncall", tags=["on call"])
    views = OncallViews(schedules, people)
    _reading_all(routes, engine, views, keyring)
    _overriding(routes, engine, views, keyring)
    oncall_calendars.add(routes, engine, views, keyring)
    _reading_one(routes, engine, views, keyring)  # last: its path fits every other
    return routes


def _reading_all(routes: APIRouter, engine: AsyncEngine, views: OncallViews, keyring: Keyring) -> None:
    reader = Annotated[ApiKey, Depends(require(keyring, "alerts:read"))]

    @routes.get("", response_model=Now, summary="Who is on call")
    async def now(key: reader) -> Now:
        """In every schedule, on every layer: who is on call, until when, and who is next."""
        async with transaction(engine) as tx:
            at = await oncall.clock(tx)
            return Now(at, await views.now(tx, key.tenant, at))

    @routes.get("/gaps", response_model=Warnings, summary="When nobody is on call")
    async def gaps(key: reader) -> Warnings:
        """In the next 14 days; and how the calendars stand that are read: one whose source is away goes on as it was
        last, and an event that means nobody of the on-call file puts nobody on call."""
        async with transaction(engine) as tx:
            at = await oncall.clock(tx)
            found = await views.gaps(tx, key.tenant, at, at + AHEAD)
            return Warnings(until=at + AHEAD, gaps=found, calendars=await views.calendars(tx))


def _reading_one(routes: APIRouter, engine: AsyncEngine, views: OncallViews, keyring: Keyring) -> None:
    reader = Annotated[ApiKey, Depends(require(keyring, "alerts:read"))]

    @routes.get("/{schedule}", response_model=ScheduleShifts, summary="The shifts of a schedule")
    async def shifts(
        schedule: ScheduleId,
        key: reader,
        from_: Annotated[Instant | None, Query(alias="from", description="Left out: now.")] = None,
        to: Annotated[Instant | None, Query(description="Left out: 14 days after `from`. At most 100 days.")] = None,
    ) -> ScheduleShifts:
        """Each shift whole: the first may have begun before `from`, the last may end after `to`. Calendars are known
        100 days ahead."""
        found = schedule_of(views, schedule)
        async with transaction(engine) as tx:
            start = from_ or await oncall.clock(tx)
            end = to or min(start, LAST) + AHEAD
            if complaint := span_complaint(start, end):
                raise refused("/query/to", "span", complaint)
            return await views.shifts(tx, key.tenant, found, start, end)


def _overriding(routes: APIRouter, engine: AsyncEngine, views: OncallViews, keyring: Keyring) -> None:
    reader = Annotated[ApiKey, Depends(require(keyring, "alerts:read"))]
    actor = Annotated[ApiKey, Depends(require(keyring, "alerts:act"))]

    @routes.get("/overrides", response_model=Overrides, summary="Changes made by hand")
    async def list_overrides(
        key: reader, past: Annotated[bool, Query(description="Also those that are over or were ended.")] = False
    ) -> Overrides:
        """With who made each, and who ended it."""
        async with transaction(engine) as tx:
            found = await oncall_overrides.listed(tx, key.tenant, past=past, limit=LONGEST_LIST)
        return Overrides(overrides=found)

    @routes.post(
        "/overrides",
        response_model=OverrideView,
        status_code=201,
        summary="Put somebody on call, or take somebody off",
        openapi_extra=body_schema(NewOverride, EXAMPLE),
    )
    async def override(key: actor, wanted: Annotated[NewOverride, Depends(body(NewOverride))]) -> OverrideView:
        """For a while. Overrides count in the order they were made, each on top of those before it."""
        if problems := views.complaints(wanted):
            raise ProblemError(422, "The body does not fit the contract", problems=problems)
        async with transaction(engine) as tx:
            found = await oncall_overrides.add(tx, key.tenant, wanted)
        if found is None:
            raise refused("/ends", "past", "is past")
        return found

    @routes.post(
        "/overrides/{override_id}/end",
        response_model=OverrideView,
        summary="End an override",
        openapi_extra=body_schema(End, {"by": "Dana"}),
    )
    async def end(override_id: UUID, key: actor, wanted: Annotated[End, Depends(body(End))]) -> OverrideView:
        """From now on it changes nothing; what it was stays on record, with who ended it."""
        return await ended(key, override_id, wanted.by)

    @routes.delete("/overrides/{override_id}", response_model=OverrideView, summary="End an override, as this key")
    async def delete(override_id: UUID, key: actor) -> OverrideView:
        """As above; on record is the API key instead of a person."""
        return await ended(key, override_id, f"API key {key.id}")

    async def ended(key: ApiKey, id_: UUID, by: str) -> OverrideView:
        async with transaction(engine) as tx:
            found = await oncall_overrides.end(tx, key.tenant, id_, by)
        if found is None:
            raise ProblemError(404, "There is no such override")
        return found


def schedule_of(views: OncallViews, name: str) -> Schedule:
    """Raises ProblemError."""
    if (found := views.schedules.get(name)) is None:
        raise ProblemError(404, "There is no such schedule")
    return found


def refused(pointer: str, code: str, text: str) -> ProblemError:
    problem = Problem(pointer, code, text)
    return ProblemError(422, "The request does not fit the contract", problems=[problem])
