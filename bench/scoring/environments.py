"""A virtual environment for each peer, from its locked requirements."""

import asyncio
import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

from bench.scoring.roster import Peer, python_of


async def prepare(peer: Peer, environments: Path, say: Callable[[str], None]) -> str | None:
    """Install it, unless it is. Returns why it cannot be had here, if so."""
    if not peer.installed:
        return None
    folder = environments / peer.name
    wanted = hashlib.blake2b(peer.requirements.read_bytes() + sys.version.encode()).hexdigest()
    mark = folder / "installed"
    if mark.is_file() and mark.read_text() == wanted:
        return None
    say(f"installing {peer.name} …")
    python = python_of(peer, environments)
    steps = (
        (sys.executable, "-m", "venv", "--clear", str(folder)),
        (python, "-m", "pip", "install", "-q", "--require-hashes", "-r", str(peer.requirements)),
    )
    for step in steps:
        process = await asyncio.create_subprocess_exec(
            *step, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        _, error = await process.communicate()
        if process.returncode:
            return " ".join(error.decode(errors="replace").strip().splitlines()[-1:]) or "pip failed"
    mark.write_text(wanted)
    return None
