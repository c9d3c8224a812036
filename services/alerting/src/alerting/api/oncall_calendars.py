"""``/v1/oncall/….ics``: our shifts for other people's calendars, and the links by which they may read them."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.core.oncall import ical_out
from alerting.core.oncall.asked import End, NewLink
from alerting.core.oncall.schedule import Schedule, Shift
from alerting.store import oncall, oncall_links
from alerting.store.oncall_links import LinkView, Opened
from alerting.store.oncall_views import OncallViews, whole_shifts
from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.database import transaction
from events.runtime.guard import authenticate, require
from events.runtime.problem_details import ProblemError
from events.runtime.request_body import body, body_schema

BEHIND, AHEAD = timedelta(days=30), timedelta(days=60)
HEADERS = {"Cache-Control": "private, max-age=300"}
LinkSaid = Annotated[str | None, Query(max_length=100, description="A link; calendars cannot send headers.")]
CALENDAR: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/calendar": {}}, "description": "An iCalendar file (RFC 5545)."}
}
LinkId = Annotated[str, Path(pattern=r"^[a-z0-9]{8}$", description="As the list has it.")]
Titled = tuple[str, str, Shift]


class Links(BaseModel):
    links: list[LinkView] = Field(description="The newest first, at most 500.")


class NewlyMade(BaseModel):
    """`path`: of the calendar, the link in it. It is shown this once."""

    link: LinkView
    path: str


def add(routes: APIRouter, engine: AsyncEngine, views: OncallViews, keyring: Keyring) -> None:
    _calendars(routes, engine, views, keyring)
    _links(routes, engine, views, keyring)


def _calendars(routes: APIRouter, engine: AsyncEngine, views: OncallViews, keyring: Keyring) -> None:
    @routes.get("/person.ics", response_class=Response, responses=CALENDAR, summary="A person's shifts as a calendar")
    async def person_calendar(link: LinkSaid = None) -> Response:
        """Of the person the link was made for, in every schedule; 30 days back and 60 ahead."""
        async with transaction(engine) as tx:
            opened = await _opened(tx, link)
            if opened.person is None or opened.person not in views.people:
                raise ProblemError(404, "There is no such person")
            now = await oncall.clock(tx)
            titled: list[Titled] = []
            for schedule in views.schedules.values():
                shifts = await whole_shifts(tx, opened.tenant, schedule, now - BEHIND, now + AHEAD)
                mine = (each for each in shifts if each.person == opened.person)
                titled += [(schedule.id, f"On call: {_place(schedule, each)}", each) for each in mine]
        name = views.people[opened.person].name
        return _answer(f"On call: {name}", titled, now)

    @routes.get("/{schedule}.ics", response_class=Response, responses=CALENDAR, summary="A schedule as a calendar")
    async def schedule_calendar(
        request: Request, schedule: Annotated[str, Path(max_length=64)], link: LinkSaid = None
    ) -> Response:
        """Every shift, 30 days back and 60 ahead. Needs a link made for this schedule, or an API key."""
        async with transaction(engine) as tx:
            opened = await _opened(tx, link) if link else _by_key(keyring, request, schedule)
            found = views.schedules.get(schedule)
            if opened.schedule != schedule or found is None:
                raise ProblemError(404, "There is no such schedule")
            now = await oncall.clock(tx)
            shifts = await whole_shifts(tx, opened.tenant, found, now - BEHIND, now + AHEAD)
        layers = len(found.layers) > 1
        titled = [
            (schedule, views.person(each.person).name + (f" (layer {each.layer})" if layers else ""), each)
            for each in shifts
        ]
        return _answer(f"On call: {schedule}", titled, now)


def _links(routes: APIRouter, engine: AsyncEngine, views: OncallViews, keyring: Keyring) -> None:
    reader = Annotated[ApiKey, Depends(require(keyring, "alerts:read"))]
    actor = Annotated[ApiKey, Depends(require(keyring, "alerts:act"))]

    @routes.get("/links", response_model=Links, summary="Links of calendars")
    async def list_links(key: reader) -> Links:
        """Without their secrets, which nobody has."""
        async with transaction(engine) as tx:
            return Links(links=await oncall_links.listed(tx, key.tenant))

    @routes.post(
        "/links",
        response_model=NewlyMade,
        status_code=201,
        summary="Make a link for a calendar",
        openapi_extra=body_schema(NewLink, {"by": "Dana", "schedule": "recovery"}),
    )
    async def make(key: actor, wanted: Annotated[NewLink, Depends(body(NewLink))]) -> NewlyMade:
        """Whoever has it can read that one calendar, and nothing else, until it is revoked."""
        if problems := views.link_complaints(wanted):
            raise ProblemError(422, "The body does not fit the contract", problems=problems)
        async with transaction(engine) as tx:
            shown, link = await oncall_links.add(tx, key.tenant, wanted)
        return NewlyMade(link=shown, path=oncall_links.path(wanted, link))

    @routes.post(
        "/links/{link_id}/revoke",
        response_model=LinkView,
        summary="Revoke a link",
        openapi_extra=body_schema(End, {"by": "Dana"}),
    )
    async def revoke(link_id: LinkId, key: actor, wanted: Annotated[End, Depends(body(End))]) -> LinkView:
        """From now on it opens nothing."""
        async with transaction(engine) as tx:
            found = await oncall_links.revoke(tx, key.tenant, link_id, wanted.by)
        if found is None:
            raise ProblemError(404, "There is no such link")
        return found


async def _opened(tx: AsyncConnection, link: str | None) -> Opened:
    """Raises ProblemError."""
    found = await oncall_links.find(tx, link or "")
    if found is None:
        raise ProblemError(401, "A valid link is needed", "It ends with ?link=aml_…, and may have been revoked.")
    return found


def _by_key(keyring: Keyring, request: Request, schedule: str) -> Opened:
    return Opened(authenticate(keyring, request, "alerts:read").tenant, schedule, None)


def _place(schedule: Schedule, shift: Shift) -> str:
    return f"{schedule.id}, layer {shift.layer}" if len(schedule.layers) > 1 else schedule.id


def _answer(name: str, titled: list[Titled], now: datetime) -> Response:
    return Response(ical_out.calendar(name, titled, now), media_type=ical_out.MEDIA_TYPE, headers=HEADERS)
