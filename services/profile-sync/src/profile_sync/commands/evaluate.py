"""``preferences evaluate``: how good the extractor is, held against a labelled set."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from profile_sync.commands.extract import BY
from profile_sync.commands.labels import labels
from profile_sync.commands.scores import Judged, Labelled, Ratio, judge, scores
from profile_sync.commands.table import read
from profile_sync.core.doubt import SURE
from profile_sync.core.extract import text

NAME = "evaluate"
HELP = "Hold what the extractor finds against labels: precision and recall by kind."


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("labels", type=Path, metavar="LABELS.csv", help="kind, value, optional, and digest or remark")
    parser.add_argument("--remarks", type=Path, metavar="FILE.csv", help="the remarks that the labels name by digest")
    parser.add_argument("--column", default="remark", help="where the remarks stand in FILE.csv; left out: remark")
    parser.add_argument("--show", action="store_true", help="the mistakes with the remarks: for your eyes only")


def run(asked: argparse.Namespace) -> int:
    remarks = None if asked.remarks is None else (row[asked.column] for row in read(asked.remarks, asked.column))
    known = labels(asked.labels, remarks)
    sys.stdout.write("".join(f"{_plain(line)}\n" for line in _page(known, show=asked.show)))
    return 0


def evaluate(known: Iterable[Labelled], least: float = 0.0) -> list[Judged]:
    """What it finds with at least that confidence, held against what is known. It is not told the language."""
    return [judge(each, (one for one in text.find(each.remark) if one.confidence >= least)) for each in known]


def _page(known: Sequence[Labelled], *, show: bool) -> Iterator[str]:
    some = sum(bool(each.stated) for each in known)
    yield f"{len(known)} remarks, {some} with a preference, by {BY}; intervals are 95 %"
    for title, least in ((f"active: confidence {SURE} or more", SURE), ("active and proposed", 0.0)):
        judged = evaluate(known, least)
        yield from ("", title, *table(judged))
        if show:
            yield from _mistakes(judged)


def table(judged: Iterable[Judged]) -> Iterator[str]:
    yield f"{'kind':<16}{'labels':>7}{'found':>7}{'right':>7}   {'precision':<22}recall"
    for kind, score in scores(judged).items():
        counts = f"{score.recall.whole:>7}{score.precision.whole:>7}{score.right:>7}"
        yield f"{kind:<16}{counts}   {_ratio(score.precision):<22}{_ratio(score.recall)}".rstrip()


def _ratio(ratio: Ratio) -> str:
    low, high = ratio.interval
    return "-" if ratio.value is None else f"{ratio.value:.3f} ({low:.2f} to {high:.2f})"


def _mistakes(judged: Iterable[Judged]) -> Iterator[str]:
    for each in judged:
        said = [f"{what} {one.kind} {one.value}" for what in ("wrong", "missed") for one in sorted(getattr(each, what))]
        if said:
            yield f"  {each.labelled.digest}  {'; '.join(said)}  |  {' '.join(each.labelled.remark.split())}"


def _plain(line: str) -> str:
    """What a terminal would take for an order is not shown to it."""
    return "".join(char if char.isprintable() else "?" for char in line)
