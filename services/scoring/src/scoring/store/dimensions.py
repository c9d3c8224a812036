"""Small numbers for whom sums are about: tenant, dimension and key."""

from collections.abc import Collection, Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.core.pane import Subject

_FIND = text(
    "SELECT d.id, d.tenant, d.kind, d.key"
    " FROM unnest(CAST(:tenants AS text[]), CAST(:kinds AS text[]), CAST(:keys AS text[])) AS wanted(tenant, kind, key)"
    " JOIN dimension d ON d.tenant = wanted.tenant AND d.kind = wanted.kind AND d.key = wanted.key"
)
_MAKE = text(
    "INSERT INTO dimension (tenant, kind, key)"
    " SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:kinds AS text[]), CAST(:keys AS text[]))"
    " ON CONFLICT (tenant, kind, key) DO UPDATE SET key = excluded.key RETURNING id, tenant, kind, key"
)


class Dimensions:
    """Ids never change, so committed ones are remembered; ones made here may yet roll back and are not."""

    def __init__(self) -> None:
        self._known: dict[Subject, int] = {}
        self._maker: AsyncConnection | None = None
        self._made: set[Subject] = set()

    async def ids(self, tx: AsyncConnection, wanted: Collection[Subject]) -> Mapping[Subject, int]:
        """The number of each, at least; new ones are given one."""
        unknown = sorted(set(wanted) - self._known.keys())
        if not unknown:
            return self._known
        if self._maker is not tx:
            self._maker, self._made = tx, set()
        rows = await tx.execute(_FIND, _columns(unknown))
        found = {Subject(row.tenant, row.kind, row.key): row.id for row in rows}
        self._known |= {subject: id_ for subject, id_ in found.items() if subject not in self._made}
        new = [subject for subject in unknown if subject not in found]
        if not new:
            return self._known | found
        made = await tx.execute(_MAKE, _columns(new))
        self._made.update(new)
        return self._known | found | {Subject(row.tenant, row.kind, row.key): row.id for row in made}


def _columns(subjects: Collection[Subject]) -> dict[str, list[str]]:
    return {
        "tenants": [subject.tenant for subject in subjects],
        "kinds": [subject.dimension for subject in subjects],
        "keys": [subject.key for subject in subjects],
    }
