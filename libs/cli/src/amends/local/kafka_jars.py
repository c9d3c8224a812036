"""Kafka's jars, pinned in `deploy/local/kafka/pom.xml` and fetched by Maven once."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from amends.local.errors import PartFailed, PartMissing
from amends.local.process import Command, tail

POM = Path("deploy", "local", "kafka", "pom.xml")
GOAL = "dependency:copy-dependencies"  # the plugin's version is pinned in the POM
FETCH_SECONDS = 600.0

Run = Callable[[Command, float], int]


def find_pom() -> Path:
    """The POM of the checkout this file or the working directory is in."""
    for start in (Path(__file__).resolve(), Path.cwd() / "here"):
        for parent in start.parents:
            if (parent / POM).is_file():
                return parent / POM
    raise PartMissing(f"{POM} was not found: run this in a checkout of Amends or set KAFKA_BOOTSTRAP_SERVERS")


def jars_directory(cache: Path, pom: Path) -> Path:
    """Where the jars of exactly this POM are kept. It is there complete or not at all."""
    return cache / f"jars-{hashlib.sha256(pom.read_bytes()).hexdigest()[:16]}"


def fetch(maven: Path, java_home: Path, pom: Path, jars: Path, run: Run) -> None:
    """Fill `jars`: into a directory of its own, renamed when complete. Two runs may do so at once, the first one wins."""
    log = jars.parent / "maven.log"
    with tempfile.TemporaryDirectory(prefix="fetching-", dir=jars.parent) as work:
        target = Path(work) / "jars"
        # A log of its own, as two runs may fetch at once; kept only for who wants to know what the last one said.
        output = Path(work) / "maven.log"
        options = ("-B", "-C", "-f", str(pom), f"-DoutputDirectory={target}", "-Dstyle.color=never")
        environ = {**os.environ, "JAVA_HOME": str(java_home)}
        code = run(Command((str(maven), "-q", *options, GOAL), output, environ=environ), FETCH_SECONDS)
        with suppress(OSError):
            shutil.copyfile(output, log)
        if code != 0 or not any(target.glob("kafka_*.jar")):
            raise PartFailed(f"Maven could not fetch Kafka's jars: {reason(output)} (all of it: {log})")
        with suppress(OSError):  # ENOTEMPTY: another run has put them there meanwhile
            target.rename(jars)
    if not jars.is_dir():
        raise PartFailed(f"Kafka's jars could not be moved to {jars}")


def reason(log: Path) -> str:
    """Maven's first error line, which says what it was."""
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("[ERROR]"):
            return line.removeprefix("[ERROR]").strip()
    return tail(log)
