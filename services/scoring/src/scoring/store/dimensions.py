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

    async def ids(self, tx: AsyncConnection, wanted: Collection[Subject]) -> Mapping[Subject, int]:
        """The number of each, at least; new ones are given one."""
        unknown = sorted(set(wanted) - self._known.keys())
        if not unknown:
            return self._known
        found = await tx.execute(_FIND, _columns(unknown))
        self._known |= {Subject(row.tenant, row.kind, row.key): row.id for row in found}
        new = [subject for subject in unknown if subject not in self._known]
        if not new:
            return self._known
        made = await tx.execute(_MAKE, _columns(new))
        return self._known | {Subject(row.tenant, row.kind, row.key): row.id for row in made}


def _columns(subjects: Collection[Subject]) -> dict[str, list[str]]:
    return {
        "tenants": [subject.tenant for subject in subjects],
        "kinds": [subject.dimension for subject in subjects],
        "keys": [subject.key for subject in subjects],
    }
