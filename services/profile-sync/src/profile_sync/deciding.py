"""What people decide, and what follows: statuses, a push to the CRM, news for the topic, an entry in the audit."""

from typing import NamedTuple

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.database import transaction
from profile_sync.core.decisions import READ_BETWEEN, Refusal, refusal
from profile_sync.core.preferences import Customer, Decision, NoteId, Status
from profile_sync.noting import note
from profile_sync.store import audit, consent, decisions, erased, note_views, push_views, pushes, unclaimed

AT_ONCE = 200
"""Customers whose notes are withdrawn in one transaction: nothing else of the tenant is noted meanwhile."""


class Person(NamedTuple):
    """Who decides, and the id of the API key they came with."""

    name: str
    key: str

    @property
    def trace(self) -> str:
        return f"key:{self.key}"


async def decide(
    engine: AsyncEngine, tenant: str, note_id: NoteId, decision: Decision, by: Person, *, sure: float
) -> RowMapping | Refusal | None:
    """The note as it is then; why it cannot be decided so; None where there is no such note. Once or twice is the same.

    A habit that is turned down stays so: the same habit makes the same note.
    """
    async with transaction(engine) as tx:
        await erased.share(tx, [tenant])
        customer = await decisions.lock(tx, tenant, note_id)
        before = await note_views.one(tx, tenant, note_id)
        if customer is None or before is None:
            return None
        if before["decision"] == decision:
            return before
        if why := await _refusal(tx, customer, before, decision):
            return why
        await decisions.record(tx, tenant, note_id, decision, by.name)
        await audit.add(tx, tenant, by.name, f"note.{decision}", f"note:{note_id}", by.trace)
        await note(tx, (), {customer}, sure=sure)
        return await note_views.one(tx, tenant, note_id)


async def _refusal(tx: AsyncConnection, customer: Customer, row: RowMapping, decision: Decision) -> Refusal | None:
    interprets = row["extractor"].partition("/")[0] in READ_BETWEEN
    consented = not interprets or not await consent.refused(tx, {customer})
    decided = None if row["decision"] is None else Decision(row["decision"])
    return refusal(decision, Status(row["status"]), decided, consented=consented)


async def set_consent(engine: AsyncEngine, who: Customer, allowed: bool, by: Person, *, sure: float) -> bool:
    """Whether free text and habits may be read. Where not, what was read from them is forgotten.

    For a whole tenant this goes on customer by customer; asked again after it was cut off, it goes on from there.

    Args:
        who: a customer, or with ``consent.WHOLE_TENANT`` for an id the tenant.

    Returns:
        False where the customer was erased: nothing is kept of them, not even this.
    """
    async with transaction(engine) as tx:
        await consent.alone(tx, who.tenant)
        if await erased.among(tx, {who}):
            return False
        if not allowed and who.customer_id == consent.WHOLE_TENANT:
            await unclaimed.strip(tx, who.tenant)
        if await consent.set_allowed(tx, who, allowed, by.name):
            whose = audit.subject(who) if who.customer_id else "tenant"
            await audit.add(tx, who.tenant, by.name, f"consent.{'given' if allowed else 'withdrawn'}", whose, by.trace)
    while not allowed:
        async with transaction(engine) as tx:
            await consent.alone(tx, who.tenant)
            customers = await decisions.withdrawable(tx, who, AT_ONCE)
            if not customers:
                break
            await decisions.withdraw(tx, customers, by.name)
            await note(tx, (), customers, sure=sure)  # the CRM and the topic hear of it
            await decisions.forget_withdrawn(tx, customers)
    return True


async def retry(engine: AsyncEngine, who: Customer, by: Person) -> bool:
    """Bring the CRM up to date with what is parked or yielded, and take note of what had drifted.

    False for somebody of whom nothing was ever heard.
    """
    async with transaction(engine) as tx:
        await erased.share(tx, [who.tenant])
        stands = await push_views.lock(tx, who)
        if stands is None:
            return False
        if stands:
            await decisions.seen_drift(tx, who)
            await pushes.request(tx, {who: await tx.scalar(text("SELECT now()"))})
            await audit.add(tx, who.tenant, by.name, "push.retried", audit.subject(who), by.trace)
        return True
