"""Files with secrets that everybody on this machine can read, and those that nobody reads: a name may be misspelt."""

import asyncio
import stat
from collections.abc import Iterable
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from amends.doctor.finding import Finding, broken, count, fine, skipped, warning
from amends.doctor.given import Given
from amends.services import SERVICES
from events.runtime.configuration import ConsumerSettings, variables

CLOSE = 0.9


async def look(given: Given) -> list[Finding]:
    strays = await asyncio.to_thread(unread, given.store) if given.store else []
    return [*judged(given.secrets), *strays]


def unread(store: Iterable[Path]) -> list[Finding]:
    """Of files in SECRETS_DIR: one that is misspelt would count for nothing, without a word.

    There may be others, such as a token that the file of destinations names, and those of services not installed here.
    """
    here = [service for service in SERVICES if find_spec(service.module)]
    kinds = (ConsumerSettings, *(import_module(f"{service.module}.settings").Settings for service in here))
    known = {name for kind in kinds for name in variables(kind)}
    ours = tuple(f"{prefix}_" for prefix in ("KAFKA", "OTEL", *(service.prefix for service in here)))
    found = []
    for path in store:
        meant = get_close_matches(path.name, known, n=1, cutoff=CLOSE)
        if path.name.isupper() and path.name not in known and (meant or path.name.startswith(ours)):
            fix = f"name it {meant[0]}, if that is meant" if meant else "see docs/configuration.md, or take it away"
            found.append(warning(f"{path} is read by no setting", fix))
    return found


def judged(files: Iterable[Path]) -> list[Finding]:
    """Names are told, contents are not read."""
    found, well = [], 0
    for path in files:
        try:
            mode = path.stat().st_mode
        except OSError as error:
            found.append(
                broken(f"{path} cannot be looked at: {type(error).__name__}", "see that the service may read it")
            )
            continue
        if mode & stat.S_IROTH:
            fix = f"chmod o-rwx {path}; in Kubernetes defaultMode: 0440 of the volume"
            found.append(warning(f"{path} can be read by everybody on this machine", fix))
        else:
            well += 1
    if well and not found:
        return [fine(f"{count(well, 'file')}, for their owner and group alone")]
    return found or [skipped("no file with secrets is named: SECRETS_DIR, API_KEYS_FILE, KAFKA_KEY_FILE")]
