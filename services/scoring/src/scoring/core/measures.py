"""What is summed. Everything stored is a whole number that can be added and taken back exactly.

Durations are milliseconds and scores thousandths of a percent, so that sums never drift as floats would.
"""

from collections.abc import Mapping, Sequence

MEASURES: tuple[str, ...] = (
    # The position is how a stored row is read: append, never reorder or remove.
    "contacts",
    "queued",
    "answered",
    "abandoned",
    "within_target",
    "waited",
    "wait_ms",
    "handled",
    "handle_ms",
    "resolution_known",
    "resolved",
    "csat_satisfied",
    "csat_neutral",
    "csat_dissatisfied",
    "csat_millipercent",
    "nps_promoters",
    "nps_passives",
    "nps_detractors",
    "approvals",
    "disapprovals",
    "indifferent",
)

Sums = Mapping[str, int]
"""Measure to total; a measure that is absent is 0."""

_PLACE = {name: place for place, name in enumerate(MEASURES)}


def pack(sums: Sums) -> list[int]:
    """As stored: one number per measure, in the order of ``MEASURES``."""
    row = [0] * len(MEASURES)
    for name, total in sums.items():
        row[_PLACE[name]] = total
    return row


def unpack(row: Sequence[int]) -> dict[str, int]:
    """As read. Rows stored before a measure was appended are shorter."""
    return dict.fromkeys(MEASURES, 0) | dict(zip(MEASURES, row, strict=False))
