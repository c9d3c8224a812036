"""One case: everything known of it, and the steps that are possible now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from alerting.core.case import Refusal
from alerting.core.causes import Suggestion
from alerting.core.clocks.queue import Both
from alerting.core.context import Context
from alerting.desk import forms, visitor, words
from alerting.desk.pages import HOME
from alerting.desk.room import Room
from alerting.store import causes, context, incident_views, supervision, views
from alerting.store.case_view import CaseDetail
from alerting.store.incident_views import IncidentView
from events.problems import from_validation_error
from events.runtime.database import transaction


@dataclass(frozen=True, slots=True)
class Known:
    """Attributes:
    clocks: None once the customer is contacted, or the case closed.
    colleagues: whom it can be handed to.
    """

    found: CaseDetail
    around: Context
    suggestion: Suggestion | None
    clocks: Both | None
    incidents: Sequence[IncidentView]
    colleagues: Sequence[str]


@dataclass(frozen=True, slots=True)
class Typed:
    """A form that did nothing, to be shown again as it was filled in."""

    kind: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    complaint: str = ""

    def value(self, kind: str, name: str, default: str = "") -> str:
        return self.fields.get(name, default) if kind == self.kind else default

    @property
    def words(self) -> str:
        """What was written in it, whatever the field was called."""
        return next((self.fields[name] for name in ("note", "words", "reason") if self.fields.get(name)), "")


NOTHING = Typed()


class CasePage:
    def __init__(self, room: Room) -> None:
        self._room = room

    def routes(self) -> list[Route]:
        guard = self._room.entrance.guard
        return [
            Route("/cases/{case_id:uuid}", guard(self.show), methods=["GET"]),
            *(
                Route(f"/cases/{{case_id:uuid}}/{kind}", guard(partial(self.act, kind=kind)), methods=["POST"])
                for kind in forms.KINDS
            ),
        ]

    async def show(self, request: Request) -> Response:
        return await self._show(request)

    async def act(self, request: Request, kind: str) -> Response:
        form = await visitor.read_form(request, self._room.access)
        case_id, action_type = request.path_params["case_id"], forms.KINDS[kind]
        try:
            values = forms.values(action_type, form, visitor.present(request).name, await self._zones(case_id, kind))
            action = action_type.model_validate(values)
        except forms.Mistaken as mistaken:
            return await self._show(request, Typed(kind, form, str(mistaken)), 422)
        except ValidationError as error:
            said = words.complaint(from_validation_error(error, values).problems)
            return await self._show(request, Typed(kind, form, said), 422)
        result = await self._room.cases.act(self._room.tenant, case_id, action)
        if isinstance(result, Refusal):
            said = f"{result.why.message} {words.too_late(result.case)}"
            return await self._show(request, Typed(kind, form, said), 409)
        return RedirectResponse(f"{HOME}cases/{case_id}", 303)

    async def _zones(self, case_id: UUID, kind: str) -> dict[str, ZoneInfo]:
        """By whose clocks a time may be meant."""
        zones = {"": self._room.zone}
        if kind == "appoint":
            async with transaction(self._room.engine) as tx:
                line = await context.queue(tx, self._room.tenant)
                around = await context.context(tx, self._room.tenant, case_id, line.now)
            if around and around.moment.zone:
                zones[forms.THEIRS] = around.moment.zone
        return zones

    async def _show(self, request: Request, typed: Typed = NOTHING, status: int = 200) -> Response:
        known = await self._known(request.path_params["case_id"])
        if known is None:
            raise HTTPException(404)
        case = known.found.case
        return self._room.pages.render(
            request,
            "case.html",
            status,
            known=known,
            found=known.found,
            case=case,
            around=known.around,
            typed=typed,
            offered=forms.OFFERED[case.state],
            THEIRS=forms.THEIRS,
        )

    async def _known(self, case_id: UUID) -> Known | None:
        tenant = self._room.tenant
        async with transaction(self._room.engine) as tx:
            found = await views.detail(tx, tenant, case_id)
            if found is None:
                return None
            line = await context.queue(tx, tenant)
            around = await context.context(tx, tenant, case_id, line.now)
            assert around is not None  # noqa: S101  (narrowing: the case was found in this transaction)
            waiting = next((each for each in line.waiting if each.id == case_id), None)
            return Known(
                found,
                around,
                await causes.suggestion(tx, tenant, case_id) if found.case.state != "closed" else None,
                line.standing(waiting) if waiting else None,
                await incident_views.of_case(tx, tenant, case_id),
                [
                    name
                    for name in self._room.colleagues(await supervision.names(tx, tenant))
                    if name != found.case.claimed_by
                ],
            )
