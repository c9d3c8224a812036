"""The tables, as Markdown: what the command prints and what docs/capacity.md holds."""

from collections.abc import Sequence

from amends.capacity.assumptions import Assumptions
from amends.capacity.busy_hour import Hour, simulate
from amends.capacity.limits import limits
from amends.capacity.needs import READERS, Needs, needs
from events.topics import PARTITIONS

SIZES = (100, 1_000, 10_000, 100_000)


def tables(sizes: Sequence[int], of: Assumptions) -> str:
    found = [needs(size, of) for size in sizes]
    return "\n\n".join((_needs(found), _limits(found, of), _hours(found, of))) + "\n"


def _needs(found: Sequence[Needs]) -> str:
    rows = [
        ("agents", [f"{each.agents:,}" for each in found]),
        ("events/s in the busiest minute", [_number(each.events) for each in found]),
        ("events a day", [_number(each.events_a_day) for each in found]),
        ("cases a day; specialists", [f"{_number(n.cases_a_day)}; {_number(n.specialists)}" for n in found]),
        *(
            (f"replicas of {name} (cores used)", [f"{n.replicas[name]} ({n.cores[name]:.2g})" for n in found])
            for name in ("ingest", *READERS)
        ),
        ("partitions that are enough", [str(_partitions(each)) for each in found]),
        ("Kafka, written", [f"{_bytes(each.log)}/s" for each in found]),
        ("Kafka, disks of all brokers", [_bytes(each.kafka_disk) for each in found]),
        ("PostgreSQL, cores used", [f"{each.cores['database']:.2g}" for each in found]),
        ("PostgreSQL, rows/s", [_number(each.rows) for each in found]),
        ("PostgreSQL, WAL", [f"{_bytes(n.wal)}/s, {_bytes(n.wal_a_day)} a day" for n in found]),
        *((f"PostgreSQL, {name}", [_bytes(each.stored[name]) for each in found]) for name in found[0].stored),
        ("PostgreSQL, stored in all", [_bytes(sum(each.stored.values())) for each in found]),
        ("connections at most", [str(each.connections) for each in found]),
        ("memory of the services at 256 MiB each", [_bytes(sum(n.replicas.values()) * 256 * 2**20) for n in found]),
        ("CRM calls/s: notes; reconcile", [f"{n.crm_calls:.2g}; {n.crm_reconcile:.2g}" for n in found]),
    ]
    return _markdown(rows)


def _limits(found: Sequence[Needs], of: Assumptions) -> str:
    rows = [("agents", ["binds first", "used", "next", "what to do then"])]
    for need in found:
        first, second = limits(need, of)[:2]
        rows.append(
            (f"{need.agents:,}", [first.name, f"{first.used:.1%}", f"{second.name} {second.used:.1%}", first.then])
        )
    last = limits(found[-1], of)
    listed = "\n".join(f"- {limit.name}: {limit.used:.0%} – {limit.then}" for limit in last if limit.used > 0.5)
    return _markdown(rows) + (f"\n\nAt {found[-1].agents:,} agents more than half used:\n\n{listed}" if listed else "")


def _hours(found: Sequence[Needs], of: Assumptions) -> str:
    """Of the service that has most to do."""
    rows = [("agents", ["service", "replica applies", "most lag", "longest wait", "recovered after", "replicas"])]
    for need in found:
        name = max(READERS, key=lambda each: need.cores[each])
        capacity = need.events / need.cores[name]
        replicas = min(need.replicas[name], PARTITIONS)
        course = simulate(Hour(need.events / of.peak, capacity, of.peak, replicas))
        back = "not within the hour" if course.recovered is None else f"{course.recovered} s"
        cells = [name, f"{capacity:,.0f}/s", f"{course.lag:,}", f"{course.wait} s", back, str(course.replicas)]
        rows.append((f"{need.agents:,}", cells))
    return _markdown(rows)


def _partitions(need: Needs) -> int:
    return max(PARTITIONS, *(need.replicas[name] for name in READERS))


def _markdown(rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    first, *others = [f"| {name} | {' | '.join(cells)} |" for name, cells in rows]
    return "\n".join((first, "| --- " * (len(rows[0][1]) + 1) + "|", *others))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _bytes(value: float) -> str:
    """Decimal, three digits at most."""
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} TB"
