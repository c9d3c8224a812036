"""Every check at once, each on its own: bounded in time, and what stops one stops no other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb

from amends.doctor.finding import Finding, Level, NotGiven, broken, skipped, warning
from amends.doctor.given import Given
from events.runtime.errors import Stuck, Unavailable

CHECK_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that may be wrong. ``look`` may raise NotGiven, Unavailable, Stuck: then it is skipped, and why."""

    name: str
    title: str
    look: Callable[[Given], Awaitable[list[Finding]]]


@dataclass(frozen=True, slots=True)
class Result:
    check: Check
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level:
        return max((finding.level for finding in self.findings), key=list(Level).index, default=Level.SKIPPED)


async def examine(given: Given, checks: Sequence[Check]) -> list[Result]:
    """In the order of ``checks``."""
    try:
        return await asyncio.gather(*(_examined(check, given) for check in checks))
    finally:
        await given.databases.close()


async def _examined(check: Check, given: Given) -> Result:
    return Result(check, tuple(await _look(check, given)))


async def _look(check: Check, given: Given) -> list[Finding]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check.look(given)
    except NotGiven as error:
        return [error.finding]
    except (Unavailable, Stuck) as error:
        return [skipped(f"not looked at: {error}")]
    except TimeoutError:
        return [warning(f"no answer within {CHECK_SECONDS:.0f} s", f"try again: amends doctor --only {check.name}")]
    except Exception as error:  # noqa: BLE001 - a check that fails must not hide what the others found
        at = extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} at {Path(at.filename).name}:{at.lineno}"
        return [broken(f"could not be looked at: {where}", "a fault of the doctor's: report this line")]
