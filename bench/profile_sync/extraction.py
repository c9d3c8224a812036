"""What it costs to read a remark: every extractor over every remark, one after another, in this process."""

import csv
import gc
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from profile_sync.core.extract import text

REMARKS = Path(__file__).parents[3] / "shared" / "data" / "remarks.csv"
OWN = (
    "Very good service, thank you.",
    "Please do not call me any more, an e-mail will do.",
    "Nobody called me back for three days, and the parcel is still not here.",
    "I was on hold for ages. Next time write to me in Bengali only.",
    "ok",
    "The delivery came after six; mornings are better for us, Saturdays best of all.",
    "Worst experience ever!!! Refund my money or I will never order here again.",
    "Plz no whatsapp msgs, sms only, and speak slowly: I am hard of hearing.",
)
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Read:
    """Microseconds a remark: the median round, and the dearest remark of all in its best round."""

    remarks: int
    source: str
    microseconds: float
    dearest: float
    found: int


def read(most: int = 2_000) -> Read:
    remarks, source = _remarks(most)
    found = sum(len(list(text.find(remark, None))) for remark in remarks)  # warm
    gc.collect()
    gc.disable()
    try:
        rounds = [_round(remarks) for _ in range(ROUNDS)]
        dearest = max(min(_round([remark]) for _ in range(3)) for remark in remarks)
    finally:
        gc.enable()
    return Read(len(remarks), source, statistics.median(rounds) / len(remarks), dearest, found)


def _round(remarks: list[str]) -> float:
    start = time.perf_counter()
    for remark in remarks:
        list(text.find(remark, None))
    return (time.perf_counter() - start) * 1e6


def _remarks(most: int) -> tuple[list[str], str]:
    if not REMARKS.exists():
        return [sentence for sentence in OWN for _ in range(most // len(OWN))], "own sentences"
    with REMARKS.open(encoding="utf-8", newline="") as file:
        rows = [row["remark"] for row in csv.DictReader(file)]
    step = max(1, len(rows) // most)
    return rows[::step][:most], "remarks.csv"
