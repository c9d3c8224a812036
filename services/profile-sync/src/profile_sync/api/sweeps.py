"""``/v1/sweeps``: bring the CRM up to date for every customer, or see whether it still is; at a polite rate."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.api_page import refusal
from events.runtime.database import transaction
from events.runtime.guard import require
from events.runtime.problem_details import ProblemError
from events.runtime.request_body import body, body_schema
from profile_sync.api.actor import DANA, Act
from profile_sync.core.sweeps import FASTEST, Purpose, seconds_left
from profile_sync.deciding import Person
from profile_sync.store import audit, sweeps
from profile_sync.store.sweeps import Sweep

LONGEST_LIST = 200
SweepId = Annotated[UUID, Path(description="`id` of a sweep, as the list has it.")]
UNKNOWN: dict[int | str, dict[str, Any]] = {404: refusal("There is no such sweep.")}


class Start(Act):
    """`backfill`: the CRM is new or has new fields: everything is pushed, also what was parked. `reconcile`: see
    whether the CRM still holds what was agreed, and mend it where it lost something of ours."""

    purpose: Literal["backfill", "reconcile"]
    rate_per_second: float = Field(5.0, ge=0.01, le=FASTEST, description="Customers a second, at most.")


class SweepView(BaseModel):
    id: UUID
    purpose: Purpose
    state: Annotated[str, Field(examples=["running"])]
    rate_per_second: float
    asked_by: str = Field(description="`schedule`: nobody did; it is reconciled regularly.")
    asked_at: datetime
    total: int | None = Field(description="Customers there were when it began; null until they are counted.")
    queued: int = Field(description="Put into the outbox so far.")
    checked: int = Field(description="Of how many the CRM was read, and written where that was called for.")
    drifted: int = Field(description="Of how many the CRM did not hold what was agreed. Only where it reconciles.")
    seconds_left: float | None = Field(description="At the pace so far; null where it is over or not counted yet.")
    finished_at: datetime | None
    cancelled_at: datetime | None

    @classmethod
    def of(cls, found: Sweep) -> "SweepView":
        state = "running" if found.running else "cancelled" if found.cancelled_at else "finished"
        elapsed = found.now - found.asked_at
        left = seconds_left(found.total, found.checked, found.rate_per_second, elapsed) if found.running else None
        return cls(**asdict(found), state=state, seconds_left=left)


class Sweeps(BaseModel):
    sweeps: list[SweepView] = Field(description="The newest first.")


def router(engine: AsyncEngine, keyring: Keyring) -> APIRouter:
    routes = APIRouter(prefix="/v1/sweeps", tags=["sweeps"])
    reader = Annotated[ApiKey, Depends(require(keyring, "preferences:read"))]
    actor = Annotated[ApiKey, Depends(require(keyring, "preferences:act"))]

    @routes.post(
        "",
        status_code=201,
        summary="Walk over all customers",
        responses={409: refusal("One is running already.")},
        openapi_extra=body_schema(Start, {**DANA, "purpose": "backfill", "rate_per_second": 5}),
    )
    async def start(key: actor, said: Annotated[Start, Depends(body(Start))]) -> SweepView:
        """One at a time. What customers say meanwhile goes first; while the CRM asks for quiet, nothing goes."""
        async with transaction(engine) as tx:
            found = await sweeps.start(tx, key.tenant, Purpose(said.purpose), said.rate_per_second, said.by)
            if found is None:
                raise ProblemError(409, "A sweep is running already", "Wait for it, or cancel it.")
            await _note(tx, said.person(key), key.tenant, f"sweep.{found.purpose}", found.id)
        return SweepView.of(found)

    @routes.get("", summary="Sweeps, newest first")
    async def listed(key: reader, limit: Annotated[int, Query(ge=1, le=LONGEST_LIST)] = 20) -> Sweeps:
        """How far each is."""
        async with transaction(engine) as tx:
            found = await sweeps.newest(tx, key.tenant, limit)
        return Sweeps(sweeps=[SweepView.of(each) for each in found])

    @routes.get("/{sweep_id}", summary="One sweep", responses=UNKNOWN)
    async def one(sweep_id: SweepId, key: reader) -> SweepView:
        """How far it is."""
        async with transaction(engine) as tx:
            return await _found(tx, key, sweep_id)

    @routes.post(
        "/{sweep_id}/cancel",
        summary="Stop a sweep",
        responses=UNKNOWN,
        openapi_extra=body_schema(Act, DANA),
    )
    async def cancel(sweep_id: SweepId, key: actor, said: Annotated[Act, Depends(body(Act))]) -> SweepView:
        """No more customers are queued; the few in the outbox are still looked at. One that is over stays as it is."""
        async with transaction(engine) as tx:
            if await sweeps.cancel(tx, key.tenant, sweep_id):
                await _note(tx, said.person(key), key.tenant, "sweep.cancelled", sweep_id)
            return await _found(tx, key, sweep_id)

    return routes


async def _found(tx: AsyncConnection, key: ApiKey, sweep_id: UUID) -> SweepView:
    found = await sweeps.find(tx, key.tenant, sweep_id)
    if found is None:
        raise ProblemError(404, "There is no such sweep")
    return SweepView.of(found)


async def _note(tx: AsyncConnection, who: Person, tenant: str, what: str, sweep_id: UUID) -> None:
    await audit.add(tx, tenant, who.name, what, f"sweep:{sweep_id}", who.trace)
