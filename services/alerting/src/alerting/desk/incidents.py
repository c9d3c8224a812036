"""Systemic incidents: many unhappy customers with one thing in common."""

from collections.abc import Sequence

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from alerting.core.incidents import CloseIncident
from alerting.desk import visitor, words
from alerting.desk.pages import HOME
from alerting.desk.room import Room
from alerting.store import incident_views, incidents
from alerting.store.incident_views import Minute
from events.problems import from_validation_error
from events.runtime.database import transaction

CLOSED_SHOWN = 50
MOST_BARS = 60


class Incidents:
    def __init__(self, room: Room) -> None:
        self._room = room

    def routes(self) -> list[Route]:
        guard = self._room.entrance.guard
        return [
            Route("/incidents", guard(self.list), methods=["GET"]),
            Route("/incidents/{incident_id:uuid}", guard(self.show), methods=["GET"]),
            Route("/incidents/{incident_id:uuid}/close", guard(self.close), methods=["POST"]),
        ]

    async def list(self, request: Request) -> Response:
        tenant = self._room.tenant
        async with transaction(self._room.engine) as tx:
            open_ = await incident_views.page(tx, tenant, state="open", limit=200)
            closed = await incident_views.page(tx, tenant, state="closed", limit=CLOSED_SHOWN)
        return self._room.pages.render(request, "incidents.html", open=open_, closed=closed)

    async def show(self, request: Request) -> Response:
        return await self._show(request)

    async def close(self, request: Request) -> Response:
        form = await visitor.read_form(request, self._room.access)
        incident_id = request.path_params["incident_id"]
        values = {"by": visitor.present(request).name, "finding": form.get("finding", "")}
        try:
            said = CloseIncident.model_validate(values)
        except ValidationError as error:
            complaint = words.complaint(from_validation_error(error, values).problems)
            return await self._show(request, complaint, values["finding"], 422)
        async with transaction(self._room.engine) as tx:
            done = await incidents.close(tx, self._room.tenant, incident_id, said)
        if not done:
            complaint = "Somebody else has closed it. What you wrote is still here."
            return await self._show(request, complaint, values["finding"], 409)
        return RedirectResponse(f"{HOME}incidents/{incident_id}", 303)

    async def _show(self, request: Request, complaint: str = "", finding: str = "", status: int = 200) -> Response:
        async with transaction(self._room.engine) as tx:
            found = await incident_views.one(tx, self._room.tenant, request.path_params["incident_id"])
        if found is None:
            raise HTTPException(404)
        return self._room.pages.render(
            request,
            "incident.html",
            status,
            found=found,
            incident=found.incident,
            complaint=complaint,
            finding=finding,
            owner=self._owner(found.incident.owner),
            bars=bars(found.minutes),
        )

    def _owner(self, owner: str | None) -> str | None:
        """Their name, where the on-call file knows them."""
        person = self._room.duty.people.get(owner or "")
        return person.name if person else owner


def bars(minutes: Sequence[Minute]) -> list[int]:
    """Cases in equal steps of whole minutes from the first to the last, those without any among them; at most 60."""
    if not minutes:
        return []
    first = minutes[0].minute
    places = [int((each.minute - first).total_seconds()) // 60 for each in minutes]
    step = places[-1] // MOST_BARS + 1
    found = [0] * (places[-1] // step + 1)
    for place, each in zip(places, minutes, strict=True):
        found[place // step] += each.cases
    return found
