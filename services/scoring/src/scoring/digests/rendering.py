"""The forms of a digest. HTML is made for mail programs: tables, styles beside what they style, nothing fetched."""

from collections.abc import Callable
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from scoring.core.digest import markdown, table, words
from scoring.core.digest.quotes import shortened
from scoring.core.digest.report import Report


def html(report: Report) -> str:
    return _template().render(report=report, words=words, shortened=shortened)


@cache
def _template() -> Template:
    loader = PackageLoader("scoring.digests")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("digest.html")


FORMS: dict[str, tuple[str, Callable[[Report], str]]] = {
    "md": ("text/markdown", markdown.markdown),
    "html": ("text/html", html),
    "csv": ("text/csv", table.csv),
}
"""Ending of the file to media type and renderer."""
