"""The Java and the Maven of this machine, or one line saying what is missing and what to do about it."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from amends.local.errors import PartMissing

OLDEST = 17
ANSWER_SECONDS = 20.0
REMEDY = "or set KAFKA_BOOTSTRAP_SERVERS to a broker of yours"


@dataclass(frozen=True, slots=True)
class Java:
    """`home` is where the virtual machine really is: what is found on PATH may be a launcher that never execs."""

    home: Path
    version: int

    @property
    def program(self) -> Path:
        return self.home / "bin" / "java"


def find_java(environ: Mapping[str, str]) -> Java:
    """The first Java ≥ 17 of JAVA_HOME and PATH; PartMissing names the one that is too old, if there is one."""
    tried = []
    for program in candidates(environ):
        java = ask(program, environ)
        if java is not None and java.version >= OLDEST:
            return java
        tried.append(f"{program} is Java {java.version}" if java else f"{program} does not run")
    what = f"Kafka needs Java {OLDEST} or newer"
    found = " and ".join(tried) if tried else "neither JAVA_HOME nor PATH has one"
    raise PartMissing(f"{what}; {found}: install it (Debian: apt-get install default-jre-headless) {REMEDY}")


def find_maven(environ: Mapping[str, str]) -> Path:
    """`mvn` on PATH, or PartMissing."""
    found = shutil.which("mvn", path=environ.get("PATH", ""))
    if found is None:
        problem = "Kafka's jars are fetched with Maven, and PATH has no mvn"
        raise PartMissing(f"{problem}: install it (Debian: apt-get install maven) {REMEDY}")
    return Path(found)


def candidates(environ: Mapping[str, str]) -> list[Path]:
    """Where a Java may be, the preferred first."""
    home = environ.get("JAVA_HOME")
    on_path = shutil.which("java", path=environ.get("PATH", ""))
    return [Path(path) for path in (home and str(Path(home) / "bin" / "java"), on_path) if path]


def ask(program: Path, environ: Mapping[str, str]) -> Java | None:
    """Ask that program what it is; None when it does not run or does not say."""
    argv = [str(program), "-XshowSettings:properties", "-version"]
    try:
        answer = subprocess.run(
            argv, capture_output=True, text=True, check=True, timeout=ANSWER_SECONDS, env=dict(environ), cwd=os.sep
        )
    except (OSError, subprocess.SubprocessError):
        return None
    settings = dict(re.findall(r"^\s*(java\.[\w.]+) = (.*?)\s*$", answer.stderr + answer.stdout, re.MULTILINE))
    version = settings.get("java.specification.version", "").removeprefix("1.")  # Java 8 calls itself 1.8
    if not version.isdigit() or "java.home" not in settings:
        return None
    return Java(Path(settings["java.home"]), int(version))
