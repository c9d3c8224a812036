"""Who listens on a port of this machine, as far as we may see."""

import contextlib
from pathlib import Path

LISTENING = "0A"
_SOCKETS = ("/proc/net/tcp", "/proc/net/tcp6")


def holder(port: int) -> str | None:
    """``python3 (pid 123)``; None where the system does not tell: another user's program, or no Linux."""
    sockets = {f"socket:[{inode}]" for table in _SOCKETS for inode in _listening(Path(table), port)}
    if not sockets:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(str(link.readlink()) in sockets for link in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return None


def _listening(table: Path, port: int) -> set[str]:
    """The inodes of its listening sockets. Columns: number, local address:port in hex, remote, state, …, inode."""
    try:
        rows = [line.split() for line in table.read_text().splitlines()[1:]]
    except OSError:
        return set()
    return {row[9] for row in rows if row[3] == LISTENING and int(row[1].rpartition(":")[2], 16) == port}
