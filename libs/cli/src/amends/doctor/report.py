"""What was found, for people and for machines."""

import json
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version

from rich.text import Text

from amends.console import out
from amends.doctor.examine import Result
from amends.doctor.finding import Level, count

SIGNS = {
    Level.FINE: ("✓", "green"),
    Level.SKIPPED: ("–", "dim"),
    Level.WARNING: ("!", "bold yellow"),
    Level.BROKEN: ("✗", "bold red"),
}


def healthy(results: Sequence[Result]) -> bool:
    """Nothing is broken; what was skipped or warned of does not count."""
    return all(result.level is not Level.BROKEN for result in results)


def show(results: Sequence[Result], *, verbose: bool) -> None:
    """A line for each check that has nothing to complain of, unless ``verbose``; a line and what to do for the rest."""
    for result in results:
        if not verbose and result.level in (Level.FINE, Level.SKIPPED):
            _line(result.level, f"{result.check.title}: {_shortly(result)}")
            continue
        out.print(Text(result.check.title, style="bold"))
        for finding in result.findings:
            _line(finding.level, finding.says, indent=2)
            if finding.fix:
                out.print(Text(f"      → {finding.fix}", style="cyan"))
    out.print(Text(summary(results), style="bold"))


def summary(results: Sequence[Result]) -> str:
    found = Counter(finding.level for result in results for finding in result.findings)
    bad = [
        count(found[level], one, many)
        for level, one, many in ((Level.BROKEN, "thing broken", "things broken"), (Level.WARNING, "warning", ""))
        if found[level]
    ]
    left = f"; {found[Level.SKIPPED]} not looked at" if found[Level.SKIPPED] else ""
    return f"{count(len(results), 'check')}: {', '.join(bad) or 'nothing is wrong'}{left}"


def as_json(results: Sequence[Result]) -> str:
    findings = [
        {"check": result.check.name, "level": finding.level, "says": finding.says, "fix": finding.fix}
        for result in results
        for finding in result.findings
    ]
    return json.dumps({"version": version("amends-cli"), "healthy": healthy(results), "findings": findings}, indent=2)


def _line(level: Level, says: str, indent: int = 0) -> None:
    sign, style = SIGNS[level]
    out.print(Text.assemble(" " * indent, (sign, style), " ", says))


def _shortly(result: Result) -> str:
    first = next(finding for finding in result.findings if finding.level is result.level)
    rest = len(result.findings) - 1
    return first.says + (f" (and {rest} more)" if rest else "")
