"""Topics, rights, roles and keys: by the commands an operator types, run for real."""

import asyncio
import secrets
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from amends.database_roles import role_of
from amends.errors import CommandError
from amends.local.postgres import NAME
from amends.rehearsal import identities
from amends.rehearsal.ground import Ground
from amends.rehearsal.steps import Steps
from amends.services import DEMO_CRM, SERVICES, Service
from events.runtime.api_keys import SCOPES

AMENDS = str(Path(sys.executable).with_name("amends"))
TOPICS, ROLES, KEYS = "topics and access lists", "a role and a schema for each service", "API keys"
SQL_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Keys:
    """``file``: for API_KEYS_FILE. ``all``: may do everything; ``desk``: read and decide on preferences."""

    file: Path
    all: str
    desk: str


def make_topics(ground: Ground, steps: Steps) -> None:
    with steps.step(TOPICS):
        environ = {**identities.surroundings(), **ground.operator}
        steps.run([AMENDS, "topics", "--replication", "3", "--rights"], environ)


def make_keys(folder: Path, steps: Steps) -> Keys:
    with steps.step(KEYS):
        everything, entry = _key(SCOPES, steps)
        desk, other = _key(("preferences:read", "preferences:act"), steps)
        file = folder / "keys.yaml"
        file.write_text(entry + "".join(other.splitlines(keepends=True)[1:]))  # "keys:" stands there once
    return Keys(file, everything, desk)


def _key(scopes: Iterable[str], steps: Steps) -> tuple[str, str]:
    """The secret, and the entry for the file."""
    wanted = [part for scope in scopes for part in ("--scope", scope)]
    entry, said = steps.run([AMENDS, "keys", "new", *wanted], identities.surroundings())
    return next(word for word in said.split() if word.startswith("amk_")), entry


async def make_roles(ground: Ground, steps: Steps) -> Mapping[Service, str]:
    """Returns the DATABASE_URL of each service, and of the CRM of the rehearsal, which keeps its tables apart too."""
    urls: dict[Service, str] = {}
    with steps.step(ROLES):
        sql, _ = await asyncio.to_thread(steps.run, [AMENDS, "database", "roles"], identities.surroundings())
        steps.shown("… | psql postgresql://OWNER@HOST/amends; for each role: psql … -c '\\password ROLE'")
        crm = role_of(DEMO_CRM)
        more = f"CREATE ROLE {crm} LOGIN; GRANT CONNECT, CREATE ON DATABASE {NAME} TO {crm}"  # it makes its own
        try:
            owner = await asyncpg.connect(ground.postgres.url, timeout=SQL_SECONDS)
            try:
                await owner.execute(sql, timeout=SQL_SECONDS)
                await owner.execute(more, timeout=SQL_SECONDS)
                for service in (*SERVICES, DEMO_CRM):
                    password, role = secrets.token_hex(16), role_of(service)
                    await owner.execute(f"ALTER ROLE {role} PASSWORD '{password}'", timeout=SQL_SECONDS)
                    urls[service] = ground.postgres.url_of(role, password)
            finally:
                await owner.close(timeout=SQL_SECONDS)
        except (asyncpg.PostgresError, OSError, TimeoutError) as error:
            raise CommandError(f"the roles could not be made: {type(error).__name__}: {error}") from error
    return urls
