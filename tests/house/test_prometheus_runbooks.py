"""What the house believes of its runbooks: each alert has one, and whatever it names is there."""

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

import alerting.settings
import ingest.settings
import profile_sync.settings
import scoring.settings
from alerting.commands import account_parser, oncall_parser
from amends.main import build
from events.runtime.configuration import SECRETS_DIR, variables
from ingest.commands import parser as source_parser
from ingest.vendors.registry import BY_NAME
from support import prometheus
from support.exported import exported
from support.prometheus import DEPLOYED, ROOT

FOLDER = ROOT / "docs/runbooks"
RULES = {path.stem: path.read_text() for path in sorted((DEPLOYED / "rules").glob("*.yml"))}
PLACES = {
    rule["alert"]: name
    for name, text in RULES.items()
    for group in yaml.safe_load(text)["groups"]
    for rule in group["rules"]
    if "alert" in rule
}
BOOKS = {
    title: (path, body)
    for path in sorted(FOLDER.glob("*.md"))
    for title, body in re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", path.read_text(), re.MULTILINE | re.DOTALL)
}
PAGES = [
    *FOLDER.glob("*.md"),
    *(ROOT / "docs" / name for name in ("scaling.md", "capacity.md", "threat-model.md")),
]
TOLD = {SECRETS_DIR, "AMENDS_API_KEY"} | {
    name
    for kind in (ingest.settings, alerting.settings, scoring.settings, profile_sync.settings)
    for name in variables(kind.Settings)
}
HANDED_OVER = {
    "oncall": oncall_parser.build,
    "account": account_parser.build,
    "source": lambda: source_parser.build(BY_NAME),
}
"""Groups that a service itself parses."""


def spans(text: str) -> list[str]:
    """What stands in backticks, but for blocks."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL))


def commands(text: str) -> list[str]:
    return [span for span in spans(text) if span.startswith("amends ")]


def queries(text: str) -> list[str]:
    """What Prometheus is asked. A name with ``_…`` stands for several."""
    return [span for span in spans(text) if re.search(r"\bamends[_:]|\bup\{|^vector", span) and "…" not in span]


@cache
def logged() -> str:
    """The sources of all services and libraries: log messages stand there in so many words."""
    files = (path for folder in ("services", "libs") for path in (ROOT / folder).glob("*/src/**/*.py"))
    return "\n".join(path.read_text() for path in files)


def parse(command: str) -> None:
    """Raises whatever the command line says to one that it does not take."""
    found: Any = get_command(build())
    words = shlex.split(command.partition(" < ")[0])[1:]
    if words[0] in HANDED_OVER:
        if words[1:]:
            HANDED_OVER[words[0]]().parse_args(words[1:])
        return
    if words[0] == "rules":
        assert words[1:] == ["test", "--days", "7"], "its parser is its own: rules.py"
        return
    while words and hasattr(found, "commands"):
        assert words[0] in found.commands, f"{command}: no {words[0]}"
        found, words = found.commands[words[0]], words[1:]
    if not hasattr(found, "commands"):
        found.make_context("amends", words)


@pytest.fixture(autouse=True)
def _at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page tells to set before anything else."""
    for name in ("USER", "AMENDS_API_KEY", "KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL"):
        monkeypatch.setenv(name, "set")


@pytest.mark.parametrize(("alert", "place"), PLACES.items())
def test_every_alert_has_a_runbook_on_the_page_of_its_rules(alert: str, place: str) -> None:
    assert f"runbook_url: docs/runbooks/{place}.md#{alert.lower()}\n" in RULES[place]
    path, body = BOOKS[alert]
    assert path == FOLDER / f"{place}.md"
    assert 3 <= len(body.strip().splitlines()) <= 16
    assert body.lstrip().startswith("**Means** ")
    for word in ("**Soon:**", "ook:**", "**Over:**"):
        assert word in body, word


def test_every_runbook_is_about_an_alert() -> None:
    assert BOOKS.keys() == PLACES.keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_a_page_names_commands_that_there_are(page: Path) -> None:
    for command in commands(page.read_text()):
        try:
            parse(command)
        except (Exception, SystemExit) as error:  # typer and argparse each have their own
            raise AssertionError(f"{command}: {error}") from error


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_a_page_names_metrics_that_are_exported(page: Path) -> None:
    for query in queries(page.read_text()):
        assert prometheus.names(query) <= exported(), query


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_a_page_names_variables_that_are_read(page: Path) -> None:
    named = {span for span in spans(page.read_text()) if re.fullmatch(r"[A-Z]+(_[A-Z]+)+", span)}
    assert named <= TOLD


@pytest.mark.parametrize("page", sorted(FOLDER.glob("*.md")), ids=lambda path: path.name)
def test_a_runbook_quotes_log_lines_that_are_written(page: Path) -> None:
    for span in spans(page.read_text()):
        if re.fullmatch(r'"[^"]{6,}"', span):
            assert span in logged(), span


@pytest.mark.parametrize("page", sorted(FOLDER.glob("*.md")), ids=lambda path: path.name)
def test_a_link_within_the_runbooks_leads_to_a_heading(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]*#[^)]+)\)", page.read_text()):
        name, anchor = target.split("#")
        text = (page.parent / name if name else page).read_text()
        headings = (
            re.sub(r"[^\w\- ]", "", head).lower().replace(" ", "-") for head in re.findall(r"^#+ (.+)$", text, re.M)
        )
        assert anchor in set(headings), target


def test_prometheus_understands_every_question(tmp_path: Path) -> None:
    asked = sorted({query for page in FOLDER.glob("*.md") for query in queries(page.read_text())})
    rules = [{"record": f"asked:{number}", "expr": query} for number, query in enumerate(asked)]
    assert len(rules) > 60
    (tmp_path / "asked.yml").write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))
    assert prometheus.promtool("check", "rules", tmp_path / "asked.yml") == ""


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("amends dlq lst", "no lst"),
        ("amends dlq list --kafak x", "kafak"),
        ("amends case claim", "case"),
        ("amends oncall overide add", "2"),
    ],
)
def test_a_command_that_is_misspelt_is_noticed(said: str, complaint: str) -> None:
    with pytest.raises((Exception, SystemExit), match=complaint):
        parse(said)
