"""Contacts that vendors tell of in pieces: all facts so far, one row a contact.

The pieces are kept before the snapshot is in Kafka. Should we die in between, the vendor repeats the delivery, nothing
changes, and the same snapshot goes out under the same id.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.database import transaction
from ingest.core.source import Source
from ingest.store import erased, forgetting
from ingest.vendors.delivery import assembled
from ingest.vendors.facts import dumped, loaded, merge
from ingest.vendors.node import identifier
from ingest.vendors.outcome import Fact, Part, Said
from ingest.vendors.vendor import Vendor

KEPT_DAYS = 60


@dataclass(frozen=True, slots=True)
class _Known:
    """A contact: all facts so far, and how often they changed."""

    facts: Mapping[str, Fact]
    revision: int

    def after(self, parts: Iterable[Part]) -> "_Known":
        facts = reduce(merge, parts, dict(self.facts))
        return self if dumped(facts) == dumped(self.facts) else _Known(facts, self.revision + 1)


class Contacts:
    """Every method raises Unavailable where the database is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def assemble(self, vendor: Vendor, source: Source, parts: Sequence[Part]) -> list[Said]:
        """Keep ``parts``; the snapshot of each contact they tell of, changed or not, as far as it makes one yet.

        The revision grows by one where something changed. Deliveries about one contact that come at the same time, in
        whatever process, wait for each other.

        Raises:
            Invalid: the facts make no snapshot that our contract allows; nothing was kept.
        """
        if not parts:
            return []
        key = {"tenant": source.tenant, "source": source.name}
        async with transaction(self._engine) as tx:
            news: dict[str, list[Part]] = {}
            for part in await erased.nobodys(tx, source.tenant, parts):
                news.setdefault(identifier(part.contact), []).append(part)
            before = await _locked(tx, key, sorted(news))
            after = {contact: before[contact].after(news[contact]) for contact in sorted(news)}
            await _keep(tx, key, {c: known for c, known in after.items() if known.revision != before[c].revision})
            said = [
                assembled(vendor, source, news[contact][0].contact, known.facts, known.revision)
                for contact, known in after.items()
                if known.facts
            ]
        return [snapshot for snapshot in said if snapshot is not None]

    async def erase(self, customers: Collection[tuple[str, str]]) -> None:
        """(tenant, customer id) of who asked to be forgotten: contacts are kept without them, now and later."""
        await erased.erase(self._engine, customers)

    async def forget(self) -> int:
        """Drop contacts nothing was heard of for 60 days. Returns how many.

        Should something come after all, it is revision 1 again, which changes nothing where more is known.
        """
        return await forgetting.in_steps(self._engine, _FORGET, KEPT_DAYS)


async def _locked(tx: AsyncConnection, key: Mapping[str, str], contacts: Sequence[str]) -> dict[str, _Known]:
    """The rows of these contacts, made where they were not there, locked in the order given."""
    rows = await tx.execute(_LOCK, {**key, "contacts": list(contacts)})
    return {row.contact: _Known(loaded(row.facts), row.revision) for row in rows}


async def _keep(tx: AsyncConnection, key: Mapping[str, str], changed: Mapping[str, _Known]) -> None:
    if not changed:
        return
    values: dict[str, Any] = {
        "contacts": list(changed),
        "facts": [dumped(known.facts) for known in changed.values()],
        "revisions": [known.revision for known in changed.values()],
    }
    await tx.execute(_KEEP, {**key, **values})


# One statement makes, touches, locks and reads; a row that is dropped as too old meanwhile is simply made again.
_LOCK = text("""
    INSERT INTO contact (tenant, source, contact)
    SELECT :tenant, :source, contact FROM unnest(CAST(:contacts AS text[])) AS contact
    ON CONFLICT (tenant, source, contact) DO UPDATE SET updated_at = now()
    RETURNING contact, CAST(facts AS text) AS facts, revision
""")
_KEEP = text("""
    UPDATE contact SET facts = CAST(new.facts AS json), revision = new.revision
    FROM unnest(CAST(:contacts AS text[]), CAST(:facts AS text[]), CAST(:revisions AS bigint[]))
        AS new (contact, facts, revision)
    WHERE contact.tenant = :tenant AND contact.source = :source AND contact.contact = new.contact
""")
_FORGET = text("""
    DELETE FROM contact WHERE ctid IN (
        SELECT ctid FROM contact WHERE updated_at < now() - make_interval(days => :days) LIMIT :most
    )
""")
