"""Files with secrets that everybody on this machine can read."""

import stat
from collections.abc import Iterable
from pathlib import Path

from amends.doctor.finding import Finding, broken, count, fine, skipped, warning
from amends.doctor.given import Given


async def look(given: Given) -> list[Finding]:
    return judged(given.secrets)


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
