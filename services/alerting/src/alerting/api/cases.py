"""``/v1/cases`` and ``/v1/summary``: what waits, and acting on it."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from alerting.acting import Cases
from alerting.api.among import among
from alerting.core.case import (
    Action,
    Appoint,
    Attempt,
    Claim,
    Close,
    Contact,
    HandOver,
    Note,
    Refusal,
    Release,
    Reopen,
    State,
)
from alerting.store.case_view import (
    AttemptView,
    CaseDetail,
    CaseView,
    EvidenceView,
    NotificationView,
    TimelineEntry,
)
from alerting.store.queue import Wanted
from alerting.store.views import Totals, Views
from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.cursor import Place, cursor, place
from events.runtime.guard import require
from events.runtime.problem_details import MEDIA_TYPE, ProblemError
from events.runtime.request_body import body, body_schema

LONGEST_PAGE = 200
CaseId = Annotated[UUID, Path(description="`id` of a case, as the list has it.")]


_DANA = {"by": "Dana", "version": 2}
ACTIONS: tuple[tuple[str, str, type[Action], dict[str, Any]], ...] = (
    ("claim", "Take a case", Claim, {"by": "Dana", "version": 1}),
    ("release", "Give a case back", Release, {**_DANA, "note": "My shift ends."}),
    ("hand-over", "Pass a case to a colleague", HandOver, {**_DANA, "to": "Ravi", "note": "Speaks Bengali."}),
    ("note", "Write something down", Note, {**_DANA, "note": "Prefers to be called at work."}),
    ("attempt", "Record that the customer was not reached", Attempt, {**_DANA, "result": "no_answer"}),
    ("appointment", "Agree on a time to call", Appoint, {**_DANA, "at": "2026-03-02T15:30:00Z"}),
    ("contacted", "Record the contact with the customer", Contact, {**_DANA, "note": "Called, apologised."}),
    (
        "close",
        "Close a case",
        Close,
        {
            "by": "Dana",
            "version": 3,
            "outcome": "recovered",
            "cause": "workflow",
            "remedy": "Refunded; billing now checks addresses before sending.",
        },
    ),
    ("reopen", "Open a closed case again", Reopen, {"by": "Dana", "version": 4, "reason": "The refund never came."}),
)
"""What people can do over the API: path, title, body, example."""


class CasePage(BaseModel):
    cases: list[CaseView]
    next: str | None = Field(description="Give this as `after` to read on; null on the last page.")


class CaseAnswer(BaseModel):
    """A case with everything it rests on. `evidence` holds the customer's own words."""

    case: CaseView
    seconds_to_claim: float | None
    seconds_to_contact: float | None
    evidence: list[EvidenceView]
    timeline: list[TimelineEntry]
    notifications: list[NotificationView]
    attempts: list[AttemptView]

    @classmethod
    def of(cls, found: CaseDetail) -> "CaseAnswer":
        return cls(
            case=found.case,
            seconds_to_claim=found.case.seconds_to_claim,
            seconds_to_contact=found.case.seconds_to_contact,
            evidence=found.evidence,
            timeline=found.timeline,
            notifications=found.notifications,
            attempts=found.attempts,
        )


class Conflict(ProblemError):
    """409 with the case as it stands, so that the caller can decide anew without asking again."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(409, "The case does not allow that now", refusal.why.message)
        self._refusal = refusal

    def response(self) -> Response:
        body = json.loads(bytes(super().response().body))
        body["reason"] = self._refusal.why
        body["case"] = asdict(self._refusal.case)
        headers = {"Cache-Control": "no-store"}
        return Response(json.dumps(body, default=datetime.isoformat), 409, media_type=MEDIA_TYPE, headers=headers)


def router(cases: Cases, views: Views, keyring: Keyring) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["cases"])
    _reading(routes, views, keyring)
    _acting(routes, cases, views, keyring)
    return routes


def _reading(routes: APIRouter, views: Views, keyring: Keyring) -> None:
    reader = Annotated[ApiKey, Depends(require(keyring, "alerts:read"))]

    @routes.get("/cases", response_model=CasePage, summary="Cases, oldest first")
    async def list_cases(
        key: reader,
        among: Annotated[Wanted, Depends(among)],
        state: Annotated[State | None, Query(description="Only cases in this state.")] = None,
        limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 50,
        after: Annotated[str | None, Query(max_length=200, description="`next` of the page before.")] = None,
    ) -> CasePage:
        """Reading on never skips or repeats one, whatever happens in between."""
        found = await views.page(key.tenant, state=state, after=place(after), limit=limit + 1, among=among)
        more = len(found) > limit
        return CasePage(cases=found[:limit], next=cursor(_place(found[limit - 1])) if more else None)

    @routes.get("/cases/{case_id}", response_model=CaseAnswer, summary="One case")
    async def read_case(case_id: CaseId, key: reader) -> CaseAnswer:
        """With its evidence, timeline and notifications. `case.version` is what an action asks for."""
        return await _answer(views, key.tenant, case_id)

    @routes.get("/summary", response_model=Totals, summary="The service in numbers")
    async def summary(key: reader) -> Totals:
        """How many cases and notifications are in each state."""
        return await views.totals(key.tenant)


def _acting(routes: APIRouter, cases: Cases, views: Views, keyring: Keyring) -> None:
    actor = Annotated[ApiKey, Depends(require(keyring, "alerts:act"))]

    def action(name: str, title: str, kind: type[Action], example: dict[str, Any]) -> None:
        read = body(kind)

        async def act(case_id: CaseId, key: actor, wanted: Annotated[Action, Depends(read)]) -> CaseAnswer:
            result = await cases.act(key.tenant, case_id, wanted)
            if isinstance(result, Refusal):
                raise Conflict(result)
            return await _answer(views, key.tenant, case_id)

        routes.add_api_route(
            f"/cases/{{case_id}}/{name}",
            act,
            methods=["POST"],
            name=name,
            summary=title,
            description=kind.__doc__,
            response_model=CaseAnswer,
            responses={409: {"description": "Refused; the answer holds the case as it stands."}},
            openapi_extra=body_schema(kind, example),
        )

    for name, title, kind, example in ACTIONS:
        action(name, title, kind, example)


async def _answer(views: Views, tenant: str, case_id: UUID) -> CaseAnswer:
    found = await views.one(tenant, case_id)
    if found is None:
        raise ProblemError(404, "There is no such case")
    return CaseAnswer.of(found)


def _place(case: CaseView) -> Place:
    return case.opened_at, case.id
