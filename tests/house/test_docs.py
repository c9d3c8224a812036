"""What the house believes of its own documentation."""

import re
from pathlib import Path

import pytest

from events import asyncapi
from events.scales import SCALES
from scoring.core.metrics import METRICS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_is_documented_in_its_version(metric: str) -> None:
    page = (ROOT / "docs/metrics.md").read_text()
    assert f"| `{metric}` |" in page
    assert METRICS[metric].version == 1, "say the new version on the page, then here"


@pytest.mark.parametrize("scale", SCALES)
def test_every_scale_is_documented(scale: str) -> None:
    assert f"`{scale}`" in (ROOT / "docs/metrics.md").read_text()


def test_every_test_that_a_promise_names_exists() -> None:
    named = re.findall(r"`(tests/[^`]+)`", (ROOT / "docs/guarantees.md").read_text())
    assert named
    for pattern in named:
        assert list(ROOT.glob(pattern if pattern.endswith(".py") else pattern + ".py")), pattern


def test_every_link_between_pages_leads_somewhere() -> None:
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")):
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} → {target}"


def test_the_description_of_topics_and_events_is_fresh() -> None:
    kept = (ROOT / "docs" / "asyncapi.yaml").read_text(encoding="utf-8")
    assert kept == asyncapi.text(), "run: make docs"
