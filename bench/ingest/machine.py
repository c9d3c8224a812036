"""What it ran on, and how much of it was busy with whom. Linux alone tells all of this."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
LIBRARIES = ("aiokafka", "fastapi", "httptools", "msgspec", "pydantic", "uvicorn", "uvloop")


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core the service has, and which the broker and the load; None: not pinned."""

    service: int | None
    rest: int | None

    def __str__(self) -> str:
        if self.service is None:
            return "not pinned: fewer than two cores, so everything shares one and nothing is 'per core'"
        return f"the service alone on core {self.service}, broker and load generator on core {self.rest}"


def share_out() -> Cores:
    """The first two cores we may use."""
    cores = sorted(os.sched_getaffinity(0))
    return Cores(cores[0], cores[1]) if len(cores) > 1 else Cores(None, None)


@dataclass(frozen=True, slots=True)
class Look:
    """CPU seconds used so far: by the service, the broker (None where it is not ours), us, and by everybody."""

    service: float
    broker: float | None
    generator: float
    everybody: float


def look(service: int, broker: int | None) -> Look:
    """``service`` and ``broker``: process ids."""
    return Look(_used(service), None if broker is None else _used(broker), _used(os.getpid()), busy())


def _used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def busy() -> float:
    """CPU seconds of everybody on the machine so far."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICK


def describe(kafka: str) -> tuple[dict[str, str | int | float], dict[str, str]]:
    """The machine, and the versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    machine: dict[str, str | int | float] = {
        "cpu": _cpu(),
        "cores": os.cpu_count() or 0,
        "memory_gib": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "load_average_before": round(os.getloadavg()[0], 2),
    }
    libraries = {name: version(name) for name in LIBRARIES}
    return machine, {"python": platform.python_version(), "kafka": kafka, **libraries}


def _cpu() -> str:
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return names[0].partition(":")[2].strip() if names else platform.machine()
