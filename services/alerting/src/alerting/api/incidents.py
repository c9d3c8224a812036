"""``/v1/incidents``: what many unhappy customers have in common, and what was found."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.core.incidents import CloseIncident
from alerting.store import incident_views, incidents
from alerting.store.incident_views import IncidentDetail, IncidentState, IncidentView
from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.cursor import cursor, place
from events.runtime.database import transaction
from events.runtime.guard import require
from events.runtime.problem_details import ProblemError
from events.runtime.request_body import body, body_schema

LONGEST_PAGE = 200
_EXAMPLE = {
    "by": "Maria",
    "finding": "The address check was down from 09:10 to 09:50. Restored; a probe now watches it.",
}


class IncidentPage(BaseModel):
    incidents: list[IncidentView]
    next: str | None = Field(description="Give this as `after` to read on; null on the last page.")


def router(engine: AsyncEngine, keyring: Keyring) -> APIRouter:
    routes = APIRouter(prefix="/v1/incidents", tags=["incidents"])
    reader = Annotated[ApiKey, Depends(require(keyring, "alerts:read"))]
    actor = Annotated[ApiKey, Depends(require(keyring, "alerts:act"))]
    incident_id = Annotated[UUID, Path(description="`id` of an incident, as the list has it.")]

    @routes.get("", response_model=IncidentPage, summary="Incidents, newest first")
    async def list_incidents(
        key: reader,
        state: Annotated[IncidentState | None, Query(description="Only incidents in this state.")] = None,
        limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 50,
        after: Annotated[str | None, Query(max_length=200, description="`next` of the page before.")] = None,
    ) -> IncidentPage:
        """Also those that a team's falling satisfaction opened (`dimension` is `team_csat`); they may have no case."""
        async with transaction(engine) as tx:
            found = await incident_views.page(tx, key.tenant, state=state, before=place(after), limit=limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        following = cursor((last.opened_at, last.id)) if last else None
        return IncidentPage(incidents=found[:limit], next=following)

    @routes.get("/{incident_id}", response_model=IncidentDetail, summary="One incident")
    async def read_incident(incident_id: incident_id, key: reader) -> IncidentDetail:
        """With its cases, how many came in each minute, and the causes chosen so far."""
        async with transaction(engine) as tx:
            return await _one(tx, key.tenant, incident_id)

    @routes.post(
        "/{incident_id}/close",
        response_model=IncidentDetail,
        summary="Close an incident",
        description=CloseIncident.__doc__,
        responses={409: {"description": "It is closed already."}},
        openapi_extra=body_schema(CloseIncident, _EXAMPLE),
    )
    async def close_incident(
        incident_id: incident_id, key: actor, said: Annotated[CloseIncident, Depends(body(CloseIncident))]
    ) -> IncidentDetail:
        async with transaction(engine) as tx:
            closed = await incidents.close(tx, key.tenant, incident_id, said)
            found = await _one(tx, key.tenant, incident_id)
        if not closed:
            raise ProblemError(409, "The incident is closed already", "A new one opens where it goes on.")
        return found

    return routes


async def _one(tx: AsyncConnection, tenant: str, incident_id: UUID) -> IncidentDetail:
    found = await incident_views.one(tx, tenant, incident_id)
    if found is None:
        raise ProblemError(404, "There is no such incident")
    return found
