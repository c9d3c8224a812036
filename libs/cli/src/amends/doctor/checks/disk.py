"""Room on the disks we know of: this machine's, and the database's where it is on it."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text

from amends.doctor.finding import Finding, broken, fine, warning
from amends.doctor.given import Given
from events.runtime.errors import Stuck, Unavailable

LITTLE, HARDLY_ANY = 0.10, 0.02
HERE = ("127.0.0.1", "localhost", "::1", None)


async def look(given: Given) -> list[Finding]:
    places = {"temporary files": Path(tempfile.gettempdir()), "this folder": Path.cwd()}
    async for path in _databases(given):
        places["PostgreSQL's data"] = path
    disks: dict[int, Finding] = {}
    for name, path in places.items():
        disks.setdefault(path.stat().st_dev, judged(name, *_room(path)))
    return list(disks.values())


async def _databases(given: Given) -> AsyncIterator[Path]:
    """Of servers on this machine that let us know."""
    for url, services in given.databases.different.items():
        if urlsplit(url).hostname not in HERE:
            continue
        try:
            async with given.databases.reading(services[0]) as tx:
                allowed = await tx.scalar(text("SELECT pg_has_role('pg_read_all_settings', 'member')"))
                said = await tx.scalar(text("SHOW data_directory")) if allowed else ""
        except (Unavailable, Stuck):
            continue
        if said and await asyncio.to_thread(os.path.exists, said):
            yield Path(said)


def _room(path: Path) -> tuple[int, int]:
    usage = shutil.disk_usage(path)
    return usage.free, usage.total


def judged(name: str, free: int, total: int) -> Finding:
    """Bytes."""
    said = f"{free / 2**30:,.1f} of {total / 2**30:,.0f} GiB are free on the disk of {name}"
    if free < LITTLE * total:
        return (broken if free < HARDLY_ANY * total else warning)(said, "make room, or a larger disk")
    return fine(said)
