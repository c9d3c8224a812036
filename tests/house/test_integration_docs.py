"""Every vendor has a page, and what the page says to write into the configuration is valid."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from events.runtime import plain_yaml
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.sources import rules
from ingest.sources.snapshot import proof
from ingest.vendors import delivery
from ingest.vendors.outcome import Context, Said
from ingest.vendors.registry import BY_NAME, VENDORS
from ingest.vendors.vendor import Vendor

PAGES = Path(__file__).parents[2] / "docs/integrations"
START = PAGES / "README.md"


def page_of(vendor: Vendor) -> Path:
    return PAGES / f"{vendor.name.replace('_', '-')}.md"


def blocks(page: Path, kind: str) -> list[str]:
    """The fenced blocks of that kind, without the indentation they may have in a list."""
    found = re.findall(rf"^( *)```{kind}\n(.*?)^ *```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


def configured(page: Path) -> list[dict[str, Any]]:
    """The sources in every example of a sources file on the page."""
    examples = [text for text in blocks(page, "yaml") if re.match(r"(public_url: .*\n)?sources:", text)]
    return [entry for text in examples for entry in plain_yaml.loads(text.encode())["sources"]]


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_the_page_of_a_vendor_has_a_source_that_is_valid(vendor: Vendor) -> None:
    entries = configured(page_of(vendor))
    assert vendor.name in [entry["vendor"] for entry in entries]
    for entry in entries:
        source, of = Source.model_validate(entry), BY_NAME[entry["vendor"]]
        of.options.model_validate(source.options or {})
        assert list(rules.of_vendor(source, of, public_url="https://amends.example.org", database=True)) == []


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_the_page_of_a_vendor_says_where_to_post_and_how_to_try_it(vendor: Vendor) -> None:
    page = page_of(vendor).read_text()
    names = "|".join(entry["name"] for entry in configured(page_of(vendor)))
    assert re.search(rf"https://<your host>/v1/webhooks/({names}|<source>)", page)
    assert re.search(rf"amends source check ({names}|NAME)\b", page)


def rows() -> dict[str, list[str]]:
    """The overview's cells, by the page they lead to."""
    lines = [line.strip("| ").split(" | ") for line in START.read_text().splitlines() if line.startswith("| ")]
    return {found[1]: cells for cells in lines if (found := re.search(r"\]\(([a-z-]+)\.md\)", cells[-1]))}


def test_the_overview_lists_every_vendor_once() -> None:
    assert sorted(rows()) == sorted(page_of(vendor).stem for vendor in VENDORS)
    assert START.read_text().count(".md) |") == len(VENDORS)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_the_overview_says_how_a_vendor_proves_itself_and_whether_more_is_fetched(vendor: Vendor) -> None:
    _, comes_as, proves_itself_by, *_ = rows()[page_of(vendor).stem]
    expected = proof(Source(name="x", vendor=vendor.name), vendor).value
    assert proves_itself_by.startswith(expected)
    assert ("fetched after" in comes_as) is (vendor.enrichment is not None)


def test_no_page_is_about_a_vendor_that_is_not_there() -> None:
    assert {page.name for page in PAGES.glob("*.md")} == {page_of(vendor).name for vendor in VENDORS} | {START.name}


def test_the_first_event_of_the_five_minutes_is_one() -> None:
    (entry,), (answer,) = configured(START), blocks(START, "json")
    source, vendor = Source.model_validate(entry), BY_NAME[entry["vendor"]]
    source = source.model_copy(update={"options": vendor.options.model_validate(source.options)})
    context = Context(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    (said,) = delivery.read(vendor, source, Format.JSON, answer.encode(), context)
    assert isinstance(said, Said)
