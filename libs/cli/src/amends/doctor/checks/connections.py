"""Whether each database answers, takes writes, and has connections and transaction numbers left."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import text

from amends.doctor.databases import Databases
from amends.doctor.finding import Finding, broken, fine, warning
from amends.doctor.given import Given
from amends.services import Service
from events.runtime.errors import Stuck, Unavailable

FEW, HARDLY_ANY = 0.2, 0.05
WRAPS_AT = 2**31
# pg_stat_activity does not show a role what the connections of others are for; pg_stat_database counts for everybody.
_STATE = text(
    """
    SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes,
        pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean AS reads_only,
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most,
        (SELECT coalesce(sum(numbackends), 0)::int FROM pg_stat_database) AS taken,
        (SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()) AS age
    """
)


async def look(given: Given) -> list[Finding]:
    given.databases.required()
    asked = (_database(given.databases, services) for services in given.databases.different.values())
    return [finding for found in await asyncio.gather(*asked) for finding in found]


async def _database(databases: Databases, services: Sequence[Service]) -> list[Finding]:
    whose = ", ".join(service.name for service in services)
    try:
        async with databases.reading(services[0]) as tx:
            state = (await tx.execute(_STATE)).one()
    except (Unavailable, Stuck) as error:
        return [
            broken(
                f"the database of {whose} does not answer: {error}",
                "is it running, and are the address, the name and the password in DATABASE_URL right?",
            )
        ]
    return judged(whose, state.version, state.bytes, state.reads_only, state.taken, state.most, state.age)


def judged(whose: str, version: str, size: int, reads_only: bool, taken: int, most: int, age: int) -> list[Finding]:
    """``size`` in bytes, ``taken`` of ``most`` connections, ``age`` in transactions since the oldest was frozen."""
    found = []
    if reads_only:
        said = f"the database of {whose} takes no writes: it is a standby, or set to read only"
        found.append(broken(said, "let DATABASE_URL name the primary: ?target_session_attrs=read-write or its service"))
    free = most - taken
    if free < FEW * most:
        say = broken if free < HARDLY_ANY * most else warning
        said = f"the database of {whose} has {free} of {most} connections left"
        found.append(say(said, "raise max_connections, or put fewer replicas on it: each takes up to 10"))
    if age > WRAPS_AT // 2:
        said = f"the database of {whose} runs out of transaction numbers: {age / WRAPS_AT:.0%} are used"
        found.append(broken(said, "vacuumdb --freeze --all: autovacuum does not keep up"))
    told = f"PostgreSQL {version.split()[0]} of {whose}: {size / 2**20:,.0f} MiB, {free} of {most} connections free"
    return found or [fine(told)]
