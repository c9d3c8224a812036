"""Kafka's jars, pinned in `deploy/local/kafka/pom.xml` and fetched by Maven once."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from amends.local.checkout import find_in_checkout
from amends.local.errors import PartFailed
from amends.local.process import Command, tail

POM = Path("deploy", "local", "kafka", "pom.xml")
GOAL = "dependency:copy-dependencies"  # the plugin's version is pinned in the POM
FETCH_SECONDS = 600.0
FETCHING = "fetching-"


@dataclass(frozen=True, slots=True)
class Maven:
    """The program, the Java it is to use, and what runs a command to its end within some seconds: its exit code."""

    program: Path
    java_home: Path
    run: Callable[[Command, float], int]


def find_pom() -> Path:
    """The POM of the checkout this file or the working directory is in."""
    return find_in_checkout(POM, "run this in a checkout of Amends or set KAFKA_BOOTSTRAP_SERVERS")


def jars_directory(cache: Path, pom: Path) -> Path:
    """Where the jars of exactly this POM are kept. It is there complete or not at all."""
    return cache / f"jars-{hashlib.sha256(pom.read_bytes()).hexdigest()[:16]}"


def fetch(maven: Maven, pom: Path, jars: Path) -> None:
    """Fill `jars`: in a directory next to it, renamed when complete. Two runs may do so at once."""
    forget_abandoned(jars.parent)
    with tempfile.TemporaryDirectory(prefix=FETCHING, dir=jars.parent) as work:
        target, log = Path(work, "jars"), Path(work, "maven.log")
        options = ("-B", "-C", "-f", str(pom), f"-DoutputDirectory={target}", "-Dstyle.color=never")
        environ = {**os.environ, "JAVA_HOME": str(maven.java_home)}
        code = maven.run(Command((str(maven.program), "-q", *options, GOAL), log, environ=environ), FETCH_SECONDS)
        if code != 0 or not any(target.glob("kafka_*.jar")):
            raise PartFailed(f"Maven could not fetch Kafka's jars: {reason(log)}")
        try:
            target.rename(jars)
        except OSError as error:
            if not jars.is_dir():  # it is when another run was faster, and then its jars are as good
                raise PartFailed(f"Kafka's jars could not be moved to {jars}: {error}") from error


def forget_abandoned(cache: Path) -> None:
    """Remove what a fetch left that was killed: it is older than any fetch may take."""
    for left in cache.glob(f"{FETCHING}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > 2 * FETCH_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def reason(log: Path) -> str:
    """Maven's first error line, which says what it was."""
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("[ERROR]"):
            return line.removeprefix("[ERROR]").strip()
    return tail(log)
