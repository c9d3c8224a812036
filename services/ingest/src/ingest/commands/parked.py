"""``source parked``: what could not be fetched from the vendor, why, and having it tried again."""

from ingest.commands.console import say
from ingest.commands.place import Place
from ingest.store.parked import parked, release
from ingest.store.schema import Owner


async def parked_(place: Place, name: str, *, let_go: bool, id_: str | None) -> int:
    """Raises CommandError, Unusable, Stuck, Unavailable."""
    found, _ = place.source(name)
    owner = Owner(found.source.tenant, name)
    async with place.engine() as engine:
        if let_go:
            count = await release(engine, owner, id_)
            say(f"{count} will be fetched again")
            return 0
        things = await parked(engine, owner)
    for thing in things:
        where = f" at {', '.join(thing.pointers)}" if thing.pointers else ""
        tries = f"after {thing.attempts} tries" if thing.attempts else "at once"
        say(f"{thing.id}  announced {thing.received_at:%Y-%m-%dT%H:%M:%SZ}, given up {tries}: {thing.reason}{where}")
    say(f"\namends source parked {name} --release tries them again" if things else f"{name} has nothing parked")
    return 0
