"""Prometheus' own programs: those on PATH, else Debian's package unpacked under .local/."""

import asyncio
import os
import re
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from amends.local.ports import free_port
from amends.local.process import Command, GuardedProcess, tail
from amends.local.prometheus_programs import find
from support.until import until

ROOT = Path(__file__).parents[2]
DEPLOYED = ROOT / "deploy/prometheus"


def program(name: str) -> Path:
    """``promtool`` or ``prometheus``; without it the test is skipped, but never in CI."""
    found = find(name, ROOT / ".local")
    if found is None:
        assert "CI" not in os.environ, f"{name} could not be had, and CI must not go without it"
        pytest.skip(f"{name} is not on PATH and Debian's prometheus package cannot be had here")
    return found


def promtool(*arguments: str | Path) -> str:
    """What promtool complains of; empty when it is content."""
    command = [program("promtool"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def check_metrics(promtool: Path, page: str) -> str:
    """What ``promtool check metrics`` finds wrong with an exposition; empty when nothing."""
    done = subprocess.run(
        [promtool, "check", "metrics"], input=page, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout + done.stderr if done.returncode else ""


def names(expr: str) -> set[str]:
    """The metrics of ours that a PromQL expression reads, recorded ones included."""
    return set(re.findall(r"\bamends[_:][a-z0-9_:]+", expr))


def rules() -> list[dict[str, Any]]:
    """Every rule we ship."""
    files = [yaml.safe_load(path.read_text()) for path in sorted((DEPLOYED / "rules").glob("*.yml"))]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


@dataclass(frozen=True, slots=True)
class Prometheus:
    """One that runs."""

    client: httpx.AsyncClient

    async def ask(self, path: str, **parameters: str) -> Any:
        """The data of an answer of its API. AssertionError with what it says where it refuses."""
        said = (await self.client.get(f"/api/v1/{path}", params=parameters)).json()
        assert said["status"] == "success", (parameters, said)
        return said["data"]

    async def up(self) -> bool:
        try:
            return (await self.client.get("/-/ready")).status_code == 200
        except httpx.TransportError:
            return False


@asynccontextmanager
async def running(folder: Path, targets: Mapping[str, str], interval: str = "1s") -> AsyncIterator[Prometheus]:
    """Prometheus itself with our configuration and rules, on these ``host:port`` by service, scraping often."""
    config = yaml.safe_load((DEPLOYED / "prometheus.yml").read_text())
    for target in config["scrape_configs"][0]["static_configs"]:
        target["targets"] = [targets[target["labels"]["service"]]]
    config["global"] = {"scrape_interval": interval, "evaluation_interval": interval}
    config["rule_files"] = [str(DEPLOYED / files) for files in config["rule_files"]]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    port, log = free_port(), folder / "prometheus.log"
    arguments = (
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/prometheus",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    server = GuardedProcess(Command((str(program("prometheus")), *arguments), log))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            found = Prometheus(client)
            await until(found.up, f"Prometheus runs: {tail(log)}")
            yield found
    finally:
        await asyncio.to_thread(server.kill)


if __name__ == "__main__":  # fetched before the tests, whose deadlines a slow download would break
    print(find("prometheus", ROOT / ".local") or "Prometheus is not on PATH and cannot be had here")
