"""Who is who in a rehearsal: a user of Kafka and a role of PostgreSQL for each service, secrets as files."""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from amends.local.cluster import OPERATOR
from amends.services import DEMO_CRM, SERVICES
from events.rights import services
from events.runtime.configuration import SECRETS_DIR

_SECRET = re.compile(r"(?!DEMO_).*(PASSWORD|PASSPHRASE|TOKEN|_SECRET|_KEY|DATABASE_URL)$")
_OURS = re.compile("|".join(["KAFKA_", "DATABASE_URL", "API_KEYS_FILE", "SECRETS_DIR", "OTEL_", "DEMO_"]))
_PREFIXES = tuple(f"{service.prefix}_" for service in (*SERVICES, DEMO_CRM))


def surroundings() -> dict[str, str]:
    """Our environment without settings of a real installation that happen to be in it: nobody must be paged."""
    return {
        name: value for name, value in os.environ.items() if not _OURS.match(name) and not name.startswith(_PREFIXES)
    }


def users() -> dict[str, str]:
    """Who may get into Kafka, each with a password of its own: the services and an operator."""
    return {name: secrets.token_urlsafe(18) for name in (OPERATOR, *services())}


def keep(folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Write the secret ones as files, as Kubernetes mounts them. Returns the others, and where those files are."""
    folder.mkdir(mode=0o700, parents=True)
    kept = {name: value for name, value in variables.items() if _SECRET.match(name)}
    for name, value in kept.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(value)
    return {name: value for name, value in variables.items() if name not in kept} | {SECRETS_DIR: str(folder)}


def write_environment(file: Path, variables: Mapping[str, str]) -> None:
    """A file for ``set -a; . FILE``."""
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}='{value}'\n" for name, value in variables.items()))
