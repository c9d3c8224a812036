"""Whether the log holds what the ledger of a load says was promised, and nothing else."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiokafka import ConsumerRecord

from support import broker
from support.load_ledger import Entry, Ledger, Outcome


@dataclass(frozen=True)
class Verdict:
    """What the log holds against the ledger. The lists name events and are empty where all promises were kept.

    Attributes:
        counts: events by outcome, and "stored unknown": those of them that are in the log.
        lost: promised and not in the log.
        kept: refused, or fit for refusal, and in the log all the same.
        strange: in the log and never sent.
        disordered: promised, and behind one of its customer's that was promised later.
        repeated: more than once in the log, which consumers see through.
    """

    counts: Counter[str]
    lost: list[str]
    kept: list[str]
    strange: list[str]
    disordered: list[str]
    repeated: list[str]

    def broken(self) -> dict[str, list[str]]:
        found = {"lost": self.lost, "kept": self.kept, "strange": self.strange, "disordered": self.disordered}
        return {name: ids for name, ids in found.items() if ids}


def judged(entries: dict[str, Entry], logs: Iterable[Sequence[str]]) -> Verdict:
    """``logs``: the ids of the events in each partition, in order."""
    partitions = [list(log) for log in logs]
    stored = Counter(id_ for log in partitions for id_ in log)
    promised = {id_ for id_, entry in entries.items() if entry.outcome is Outcome.OK}
    refused = {id_ for id_, entry in entries.items() if entry.outcome is Outcome.FAIL or not entry.fit}
    counts: Counter[str] = Counter(entry.outcome for entry in entries.values())
    counts["stored unknown"] = sum(entries[id_].outcome is Outcome.UNKNOWN for id_ in stored if id_ in entries)
    return Verdict(
        counts,
        lost=sorted(promised - stored.keys()),
        kept=sorted(refused & stored.keys()),
        strange=sorted(stored.keys() - entries.keys()),
        disordered=[id_ for log in partitions for id_ in _behind([entries[i] for i in log if i in promised])],
        repeated=sorted(id_ for id_, count in stored.items() if count > 1),
    )


def _behind(log: Sequence[Entry]) -> list[str]:
    """Which stand behind a later one of their customer; one that stands there again is none."""
    newest: dict[str, int] = {}
    seen: set[str] = set()
    found = []
    for entry in log:
        if entry.id not in seen and entry.seq < newest.get(entry.customer, 0):
            found.append(entry.id)
        seen.add(entry.id)
        newest[entry.customer] = max(newest.get(entry.customer, 0), entry.seq)
    return found


async def verdict(ledger: Ledger, bootstrap: str) -> Verdict:
    """The topics, read from the beginning, against the ledger."""
    logs: dict[tuple[str, int], list[str]] = {}
    for topic in ("interactions", "survey-responses"):
        for record in await broker.read_all(bootstrap, topic):
            logs.setdefault((topic, record.partition), []).append(_id(record))
    return judged(ledger.entries(), logs.values())


def _id(record: ConsumerRecord) -> str:
    raw: bytes = dict(record.headers)["ce_id"]
    return raw.decode()
