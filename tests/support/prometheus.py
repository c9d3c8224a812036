"""Prometheus' own programs: those on PATH, else Debian's package unpacked under .local/."""

import os
import shutil
import subprocess
from pathlib import Path


def find(program: str, local: Path) -> Path | None:
    """Where ``promtool`` or ``prometheus`` is, fetching Debian's package if need be; None where it cannot be had."""
    if found := shutil.which(program):
        return Path(found)
    home = local / "prometheus"
    unpacked = home / "usr/bin" / program
    if not unpacked.exists() and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        home.mkdir(parents=True, exist_ok=True)
        if not _download(home) and os.geteuid() == 0:
            subprocess.run(["apt-get", "update", "-qq"], capture_output=True, timeout=300, check=False)
            _download(home)
        for package in home.glob("prometheus_*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, home], check=True, timeout=120)
    return unpacked if unpacked.exists() else None


def _download(home: Path) -> bool:
    done = subprocess.run(
        ["apt-get", "download", "-qq", "prometheus"], cwd=home, capture_output=True, timeout=300, check=False
    )
    return done.returncode == 0


def check_metrics(promtool: Path, page: str) -> str:
    """What ``promtool check metrics`` finds wrong with an exposition; empty when nothing."""
    done = subprocess.run(
        [promtool, "check", "metrics"], input=page, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout + done.stderr if done.returncode else ""
