"""Customers who were not won back, for somebody to think of them once more."""

from datetime import datetime, timedelta
from uuid import UUID

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from alerting.core.lost import FollowUp
from alerting.desk import visitor, words
from alerting.desk.pages import HOME
from alerting.desk.room import Room
from alerting.store import lost, queue
from events.problems import from_validation_error
from events.runtime.database import transaction

DAYS = 180
A_PAGE = 50
SEEN_TO = {"": False, "done": True, "all": None}
"""What an address says, and whether somebody is to have seen to them."""


class LostCustomers:
    def __init__(self, room: Room) -> None:
        self._room = room

    def routes(self) -> list[Route]:
        guard = self._room.entrance.guard
        return [
            Route("/lost", guard(self.show), methods=["GET"]),
            Route("/lost/{case_id:uuid}", guard(self.follow_up), methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        return await self._show(request)

    async def follow_up(self, request: Request) -> Response:
        form = await visitor.read_form(request, self._room.access)
        case_id = request.path_params["case_id"]
        values = {"by": visitor.present(request).name, "note": form.get("note") or None}
        try:
            said = FollowUp.model_validate(values)
        except ValidationError as error:
            complaint = words.complaint(from_validation_error(error, values).problems)
            return await self._show(request, complaint, {case_id: form.get("note", "")}, 422)
        async with transaction(self._room.engine) as tx:
            if not await lost.follow_up(tx, self._room.tenant, case_id, said):
                raise HTTPException(404)
        return RedirectResponse(f"{HOME}lost", 303)

    async def _show(
        self, request: Request, complaint: str = "", typed: dict[UUID, str] | None = None, status: int = 200
    ) -> Response:
        shown = request.query_params.get("show", "")
        shown = shown if shown in SEEN_TO else ""
        async with transaction(self._room.engine) as tx:
            now = await queue.now(tx)
            found = await lost.page(
                tx,
                self._room.tenant,
                since=now - timedelta(days=DAYS),
                followed_up=SEEN_TO[shown],
                before=_place(request.query_params.get("before", "")),
                limit=A_PAGE + 1,
            )
        return self._room.pages.render(
            request,
            "lost.html",
            status,
            customers=found[:A_PAGE],
            more=found[A_PAGE - 1] if len(found) > A_PAGE else None,
            shown=shown,
            complaint=complaint,
            typed=typed or {},
            DAYS=DAYS,
        )


def _place(said: str) -> tuple[datetime, UUID] | None:
    """Where the page before ended; what cannot be meant is the beginning."""
    at, _, case_id = said.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        return (moment, UUID(case_id)) if moment.tzinfo else None
    except ValueError:
        return None
