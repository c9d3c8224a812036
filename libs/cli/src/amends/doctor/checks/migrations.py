"""Whether the schema of each service is one that the code here works with."""

from importlib.util import find_spec
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from amends.doctor.finding import Finding, broken, fine, skipped, warning
from amends.doctor.given import Given
from amends.services import SERVICES, Service
from events.runtime.schema_state import Fit, SchemaState, schema_state


async def look(given: Given) -> list[Finding]:
    return await given.databases.each(_schema, *(service for service in SERVICES if service.migrates))


async def _schema(service: Service, tx: AsyncConnection) -> list[Finding]:
    migrations = _migrations(service)
    if migrations is None:
        return [skipped(f"{service.name} is not installed here: its schema was not compared")]
    return [judged(service, await schema_state(tx, service.module, migrations))]


def judged(service: Service, state: SchemaState) -> Finding:
    found = f"the schema of {service.name} is at {state.found}"
    match state.fit:
        case Fit.RIGHT:
            return fine(found)
        case Fit.BEHIND if state.found is None:
            return broken(f"{service.name} has no schema yet", f"python -m {service.module} migrate")
        case Fit.BEHIND:
            return broken(f"{found}, the code needs {state.wanted}", f"python -m {service.module} migrate")
        case Fit.AHEAD:
            said = f"{found}, of a newer version; the code here ({state.wanted}) works with it"
            return warning(said, "finish the upgrade, or leave it so after going back")
        case Fit.APART:
            return broken(f"{found} and no longer works with the code here ({state.wanted})", "run the newer version")


def _migrations(service: Service) -> Path | None:
    """Found without running any of the service's code."""
    spec = find_spec(service.module)
    places = spec.submodule_search_locations if spec else None
    folder = Path(next(iter(places))) / "migrations" if places else None
    return folder if folder is not None and folder.is_dir() else None
