"""The Dockerfile as data, and its steps replayed in a plain folder: a change there is what the tests run."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy/images/Dockerfile"
RUN_SECONDS = 240
ABSOLUTE = re.compile(r"(?<![\w./-])/(?=(?:opt/amends|lock|tools|wheels|src)\b)")


@dataclass(frozen=True)
class Stage:
    """``FROM base AS name``, and what follows it. ``said``: keyword and the rest, in order."""

    base: str
    name: str
    said: list[tuple[str, str]] = field(default_factory=list)

    def all(self, keyword: str) -> list[str]:
        return [rest for word, rest in self.said if word == keyword]

    def exec_form(self, keyword: str) -> list[str]:
        """Of the only instruction of that kind. Raises ValueError where it is in shell form."""
        (rest,) = self.all(keyword)
        words: list[str] = json.loads(rest[rest.index("[") :])
        return words

    @property
    def environ(self) -> dict[str, str]:
        pairs = (word.partition("=") for rest in self.all("ENV") for word in shlex.split(rest))
        return {name: value for name, _, value in pairs}


def recipe(text: str | None = None) -> tuple[dict[str, str], list[Stage]]:
    """The arguments before the first stage, with their defaults, and the stages."""
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for keyword, rest in _instructions(DOCKERFILE.read_text() if text is None else text):
        if keyword == "FROM":
            base, _, name = rest.partition(" AS ")
            stages.append(Stage(base, name))
        elif stages:
            stages[-1].said.append((keyword, rest))
        else:
            name, _, default = rest.partition("=")
            arguments[name] = default
    return arguments, stages


def stage(name: str) -> Stage:
    (found,) = (each for each in recipe()[1] if each.name == name)
    return found


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    whole = re.sub(r"\\\n", " ", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    for line in filter(None, (line.strip() for line in whole.splitlines())):
        keyword, _, rest = line.partition(" ")
        yield keyword, " ".join(rest.split()) if keyword != "RUN" else rest


def context() -> list[Path]:
    """What a build sees of the checkout, by .dockerignore."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    return [Path(name) for name in listed if (ROOT / name).is_file() and not _ignored(Path(name), rules)]


def _ignored(path: Path, rules: list[str]) -> bool:
    """The last rule counts that matches the path or a folder above it."""
    ignored = False
    for rule in rules:
        if any(_matches(each, rule.removeprefix("!")) for each in (path, *path.parents)):
            ignored = not rule.startswith("!")
    return ignored


def _matches(path: Path, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch(path.name, pattern.removeprefix("**/"))
    parts = pattern.split("/")
    return len(parts) == len(path.parts) and all(map(fnmatch, path.parts, parts))


def replay(into: Path, *, package: str, stages: tuple[str, ...] = ("lock", "build")) -> Path:
    """Carry out the stages below ``into``, which stands for the root of an image. Returns where /opt/amends is.

    COPY, WORKDIR, ENV and RUN are done as written; what says it needs no index gets proxies that nobody answers at.
    """
    for name in stages:
        directory, environ = into, _environ({"PACKAGE": package})
        for keyword, rest in stage(name).said:
            match keyword:
                case "WORKDIR":
                    directory = into / rest.lstrip("/")
                    directory.mkdir(parents=True, exist_ok=True)
                case "ENV":
                    environ |= stage(name).environ
                case "COPY":
                    _copy(rest.split(), into, directory)
                case "RUN":
                    _run(rest, into, directory, environ)
                case "ARG":
                    pass
                case _:
                    raise AssertionError(f"{keyword} is not replayed")
    return into / "opt/amends"


def _environ(more: Mapping[str, str]) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return {**ours, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **more}


def _copy(words: list[str], into: Path, directory: Path) -> None:
    """``COPY . .`` of the context; ``COPY --from`` another stage, which is in the same folder already."""
    if words[0].startswith("--from="):
        return
    assert words == [".", "."], words
    for path in context():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, directory / path)


def _run(rest: str, into: Path, directory: Path, environ: Mapping[str, str]) -> None:
    words = rest.split(" ")
    command = ABSOLUTE.sub(f"{into}/", " ".join(word for word in words if not word.startswith("--mount=")))
    nobody = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9") if "--no-index" in words else {}
    done = subprocess.run(
        ["/bin/sh", "-ec", command],
        cwd=directory,
        env={**environ, **nobody},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
