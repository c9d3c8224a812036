"""THE list of peers: what each is asked to do, and how it is started."""

import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PEERS_FOLDER = HERE / "peers"

_SMALLER = "contacts and CSAT per agent over a rolling hour, every minute"


@dataclass(frozen=True, slots=True)
class Peer:
    """One of those compared.

    Attributes:
        program: arguments after its Python; ``{state}`` is its folder. ``prepare``: the same, run once before.
        installed: it has an environment of its own, from ``peers/<name>.txt``.
        guarantees: what it does and promises, in a line.
        final: it tells of a window once, when it has closed; else whenever it changes.
    """

    name: str
    program: tuple[str, ...]
    guarantees: str
    prepare: tuple[str, ...] = ()
    installed: bool = True
    final: bool = True

    @property
    def requirements(self) -> Path:
        return PEERS_FOLDER / f"{self.name}.txt"


OURS = "scoring"
OURS_GUARANTEES = (
    "every metric and dimension, corrections taken back, look-ups, inbox; exactly once in PostgreSQL (fsync on)"
)

BARE = Peer("bare", ("bare.py",), "decodes the JSON of each event and drops it; at most once", installed=False)

PEERS: tuple[Peer, ...] = (
    BARE,
    Peer(
        "bytewax",
        ("-m", "bytewax.run", "bytewax_flow:flow", "-r", "{state}", "-s", "30", "-b", "0"),
        f"{_SMALLER}; recovery snapshots every 30 s, at least once",
        prepare=("-m", "bytewax.recovery", "{state}", "1"),
    ),
    Peer("pathway", ("pathway_app.py",), f"{_SMALLER}; persistence every 5 s, at least once", final=False),
    Peer("quix", ("quix_app.py",), f"{_SMALLER}; RocksDB and changelog topic, at least once"),
    Peer(
        "faust",
        ("faust_app.py", "worker", "--loglevel", "warn", "--without-web"),
        f"{_SMALLER}; RocksDB and changelog topic, at least once",
    ),
)


def python_of(peer: Peer, environments: Path) -> str:
    return str(environments / peer.name / "bin" / "python") if peer.installed else sys.executable
