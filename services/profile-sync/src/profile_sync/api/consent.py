"""``/v1/consent``: whether free text and habits may be read, for the tenant or for one customer."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.api_page import refusal
from events.runtime.database import transaction
from events.runtime.guard import require
from events.runtime.problem_details import ProblemError
from events.runtime.request_body import body, body_schema
from events.vocabulary import Identifier
from profile_sync.api.actor import DANA, Act
from profile_sync.core.preferences import Customer
from profile_sync.deciding import set_consent
from profile_sync.store import consent
from profile_sync.store.consent import WHOLE_TENANT

CustomerId = Annotated[Identifier, Path(openapi_examples={"cus-42": {"value": "cus-42"}})]


class Consent(BaseModel):
    """What was never said is allowed."""

    extraction: bool = Field(description="Whether free text and habits may be read.")
    by: str | None = Field(None, description="Who said so.", examples=["Dana"])
    at: datetime | None = None


class CustomerConsent(Consent):
    in_force: bool = Field(description="Whether they are read: both the customer and the tenant must allow it.")


class Said(Act):
    """Without consent, what was read from free text and habits is retracted, and the customers' words are forgotten.
    What customers stated in so many words, or chose in a form, stays."""

    extraction: bool


async def of(tx: AsyncConnection, who: Customer) -> CustomerConsent:
    theirs = await _stands(tx, who)
    everybodys = await _stands(tx, Customer(who.tenant, WHOLE_TENANT))
    return CustomerConsent(**theirs.model_dump(), in_force=theirs.extraction and everybodys.extraction)


async def _stands(tx: AsyncConnection, who: Customer) -> Consent:
    row = await consent.stands(tx, who)
    return Consent(extraction=True) if row is None else Consent(extraction=row.allowed, by=row.set_by, at=row.set_at)


def router(engine: AsyncEngine, keyring: Keyring, sure: float) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["consent"])
    reader = Annotated[ApiKey, Depends(require(keyring, "preferences:read"))]
    actor = Annotated[ApiKey, Depends(require(keyring, "preferences:act"))]
    asked = body_schema(Said, {**DANA, "extraction": False})

    @routes.get("/consent", summary="Whether free text and habits are read")
    async def tenants(key: reader) -> Consent:
        """For the whole tenant; a customer may have refused it all the same."""
        async with transaction(engine) as tx:
            return await _stands(tx, Customer(key.tenant, WHOLE_TENANT))

    @routes.put("/consent", summary="Say whether they are read", description=Said.__doc__, openapi_extra=asked)
    async def set_tenants(key: actor, said: Annotated[Said, Depends(body(Said))]) -> Consent:
        who = Customer(key.tenant, WHOLE_TENANT)
        await set_consent(engine, who, said.extraction, said.person(key), sure=sure)
        async with transaction(engine) as tx:
            return await _stands(tx, who)

    @routes.get("/customers/{customer_id}/consent", summary="Whether a customer's free text and habits are read")
    async def customers(key: reader, customer_id: CustomerId) -> CustomerConsent:
        async with transaction(engine) as tx:
            return await of(tx, Customer(key.tenant, customer_id))

    @routes.put(
        "/customers/{customer_id}/consent",
        summary="Say whether a customer's are read",
        description=Said.__doc__,
        responses={404: refusal("The customer was erased: nothing is kept of them.")},
        openapi_extra=asked,
    )
    async def set_customers(
        key: actor, customer_id: CustomerId, said: Annotated[Said, Depends(body(Said))]
    ) -> CustomerConsent:
        who = Customer(key.tenant, customer_id)
        if not await set_consent(engine, who, said.extraction, said.person(key), sure=sure):
            raise ProblemError(404, "The customer was erased", "Nothing is kept of them, and nothing is read.")
        async with transaction(engine) as tx:
            return await of(tx, who)

    return routes
