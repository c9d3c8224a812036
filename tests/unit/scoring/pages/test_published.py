"""What the operator publishes."""

from pathlib import Path

import pytest

from events.runtime.errors import Stuck
from scoring.pages.published import Publication, Published, read_published


def written(folder: Path, text: str) -> Path:
    path = folder / "published.yaml"
    path.write_text(text)
    return path


def test_without_a_file_nothing_is_published() -> None:
    assert Publication(None).now is None
    assert Publication(None).jobs() == ()


def test_an_empty_file_publishes_csat_over_thirty_days(tmp_path: Path) -> None:
    found = read_published(written(tmp_path, ""))
    assert (found.metrics, found.window, found.minimum_n, found.frame_ancestors) == (("csat",), "30d", 30, ("*",))


def test_a_file_says_what_is_shown_and_to_whom(tmp_path: Path) -> None:
    text = "title: Our service\nmetrics: [nps, csat]\nwindow: 7d\nminimum_n: 100\n"
    text += "frame_ancestors: ['https://www.example.com', 'https://*.example.org:8443']\n"
    found = read_published(written(tmp_path, text))
    assert found == Published(
        title="Our service",
        metrics=("nps", "csat"),
        window="7d",
        minimum_n=100,
        frame_ancestors=("https://www.example.com", "https://*.example.org:8443"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "metrics: [aht]",
        "metrics: []",
        "window: 5m",
        "minimum_n: 4",
        "title: ''",
        "frame_ancestors: ['https://a.example; script-src *']",
        "frame_ancestors: ['none']",
        "surprise: 1",
        "[]",
        "a: [",
    ],
)
def test_what_is_wrong_stops_the_start_and_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(Stuck, match=r"published numbers: published\.yaml"):
        Publication(written(tmp_path, text))


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(Stuck, match="cannot be read"):
        Publication(tmp_path / "nowhere.yaml")
