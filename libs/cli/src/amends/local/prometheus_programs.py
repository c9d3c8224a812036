"""Where Prometheus' programs are: on PATH, else in Debian's package, unpacked and not installed."""

import os
import shutil
import subprocess
from pathlib import Path

FETCH_SECONDS = 300.0


def find(program: str, local: Path) -> Path | None:
    """Where ``promtool`` or ``prometheus`` is, fetching Debian's package if need be; None where it cannot be had.

    The package is unpacked and not installed: installed, it would start a server.
    """
    if found := shutil.which(program):
        return Path(found)
    home = local / "prometheus"
    unpacked = home / "usr/bin" / program
    if not unpacked.exists() and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        home.mkdir(parents=True, exist_ok=True)
        if not _download(home) and os.geteuid() == 0:
            subprocess.run(["apt-get", "update", "-qq"], capture_output=True, timeout=FETCH_SECONDS, check=False)
            _download(home)
        for package in home.glob("prometheus_*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, home], check=True, timeout=FETCH_SECONDS)
    return unpacked if unpacked.exists() else None


def _download(home: Path) -> bool:
    fetching = ["apt-get", "download", "-qq", "prometheus"]
    done = subprocess.run(fetching, cwd=home, capture_output=True, timeout=FETCH_SECONDS, check=False)
    return done.returncode == 0
