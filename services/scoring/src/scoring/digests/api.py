"""``GET /v1/digest``: a digest as it would be sent, without sending it."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from events.problems import Problem
from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.guard import require
from events.runtime.problem_details import ProblemError
from scoring.core.digest.plan import Plan, Plans
from scoring.digests.reading import Reader
from scoring.digests.rendering import FORMS

PARAMETERS = ("digest", "format")
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

if TYPE_CHECKING:
    Form: TypeAlias = str
else:
    Form = Literal[tuple(FORMS)]


def router(reader: Reader, plans: Plans, keyring: Keyring, now: Callable[[], datetime]) -> APIRouter:
    routes = APIRouter(tags=["digest"])
    caller = Annotated[ApiKey, Depends(require(keyring, "metrics:read"))]

    @routes.get(
        "/v1/digest",
        summary="The newest digest, not sent to anybody",
        response_class=Response,
        responses={200: {"content": {kind: {} for kind, _ in FORMS.values()}}},
        dependencies=[Depends(_known_parameters)],
    )
    async def digest(
        key: caller,
        digest: Annotated[
            str | None, Query(description="One of the digests file. Without it, a weekly one about everybody.")
        ] = None,
        form: Annotated[Form, Query(alias="format")] = "md",
    ) -> Response:
        plan = _plan(plans, key.tenant, digest)
        kind, render = FORMS[form]
        made = await reader.report(plan, plan.schedule.due(now()), now())
        return Response(render(made), media_type=f"{kind}; charset=utf-8", headers=HEADERS)

    return routes


def _plan(plans: Plans, tenant: str, name: str | None) -> Plan:
    if name is None:
        return Plan(name="preview", tenant=tenant)
    found = next((plan for plan in plans.of(tenant) if plan.name == name), None)
    if found is None:
        problem = Problem("/query/digest", "unknown", "names no digest of yours")
        raise ProblemError(422, "The request does not fit the contract", problems=[problem])
    return found


async def _known_parameters(request: Request) -> None:
    if set(request.query_params) - set(PARAMETERS):
        problem = Problem("/query", "unknown", f"has a parameter that is none of {', '.join(PARAMETERS)}")
        raise ProblemError(422, "The request does not fit the contract", problems=[problem])
