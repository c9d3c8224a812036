"""A customer asked to be forgotten: their cases end, and every row that told of them is nobody's.

Nobody can be called about such a case, so it must not wait for anybody: it is closed as dismissed, its timers stop,
what was queued is cancelled, and alarms that were raised for it end. Counts, clocks and who worked on it stay.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.case.erasure import forgotten
from alerting.core.message import FOLLOW_UPS
from alerting.core.message import What as Told
from alerting.store import cases, erased, outbox, timeline, timers
from alerting.store.contacts import Key
from alerting.store.erased import Customer
from alerting.store.timeline import What
from alerting.telemetry import CaseTelemetry


class Forgetting:
    """Every method joins the caller's transaction.

    Args:
        follows: which destinations want to hear that a case is closed: their alarm ends.
    """

    def __init__(self, follows: Mapping[Told, tuple[str, ...]], telemetry: CaseTelemetry) -> None:
        self._closed = follows.get("closed", ())
        self._telemetry = telemetry

    async def forget(self, tx: AsyncConnection, customers: Collection[Customer]) -> None:
        """Whatever comes of them later is nobody's; see ``erased.among``."""
        await erased.remember(tx, customers)
        await self._wipe(tx, customers, await erased.contacts_of(tx, customers))

    async def forget_contacts(self, tx: AsyncConnection, contacts: Sequence[Key]) -> None:
        """Contacts, which the caller has locked, turned out to be of people who were forgotten before."""
        await erased.nobodys(tx, contacts)
        await self._wipe(tx, (), contacts)

    async def _wipe(self, tx: AsyncConnection, customers: Collection[Customer], contacts: Sequence[Key]) -> None:
        found = await erased.cases_of(tx, customers, contacts)
        for tenant, case_id in found:
            await self._end(tx, tenant, case_id)
        await erased.wipe(tx, customers, contacts, [case_id for _, case_id in found])

    async def _end(self, tx: AsyncConnection, tenant: str, case_id: UUID) -> None:
        locked = await cases.lock(tx, tenant, case_id)
        if locked is None:
            return
        case = forgotten(locked.case, locked.now)
        await cases.write(tx, case_id, case)
        if locked.case.state == "closed":
            return
        await outbox.cancel(tx, case_id, ("page", "reminder", *FOLLOW_UPS))
        await timers.clear(tx, case_id)
        await timeline.add(tx, case_id, What.CLOSED, note=case.outcome)
        await outbox.follow_up(tx, case_id, "closed", case.version, self._closed)
        self._telemetry.closed("dismissed")
