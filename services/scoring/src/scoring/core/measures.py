"""What is summed, in families: the measures of one kind of fact, which are stored side by side.

Every measure is a whole number that can be added and taken back exactly: durations are milliseconds, scores
thousandths of a percent, so that sums never drift as floats would.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Sums = Mapping[str, int]
"""Measure to total; a measure that is absent is 0."""


@dataclass(frozen=True, slots=True)
class Family:
    """Measures that come from one kind of fact.

    Attributes:
        table: the table of panes in which each is a column. Families that count at the same moments share one.
    """

    name: str
    table: str
    measures: tuple[str, ...]


CONTACTS = Family(
    "contacts",
    "contacts",
    (
        "contacts",
        "queued",
        "answered",
        "abandoned",
        "within_target",
        "waited",
        "wait_ms",
        "handled",
        "handle_ms",
        "wrapped",
        "wrap_ms",
        "held",
        "hold_ms",
        "resolution_known",
        "resolved",
        "reopened",
        "transferred",
    ),
)
RESPONSES = Family(
    "responses",
    "contacts",  # first responses: credited to who replied, who need not be who handled the contact
    ("responded", "response_ms", "response_in_hours", "response_business_ms"),
)
ANSWERS = Family(
    "answers",
    "answers",
    (
        "csat_satisfied",
        "csat_neutral",
        "csat_dissatisfied",
        "csat_millipercent",
        "csat_square",  # of whole percents, for the spread of the mean
        "nps_promoters",
        "nps_passives",
        "nps_detractors",
        "ces7_answers",
        "ces7_points",
        "ces7_square",
        "ces7_agree",
        "ces5_answers",
        "ces5_points",
        "ces5_square",
        "ces5_agree",
        "said_resolved",
        "said_unresolved",
        "answer_approvals",
        "answer_disapprovals",
        "answer_indifferent",
    ),
)
MENTIONS = Family("mentions", "others", ("mention_positive", "mention_neutral", "mention_negative"))
SURVEYS = Family("surveys", "others", ("surveys_sent", "surveys_returned"))
REPEATS = Family(
    "repeats",
    "contacts",  # resolved contacts of known customers, by how often the customer came back within the window
    ("settled", "repeated_once", "repeated_more"),
)
RECOVERY = Family(
    "recovery",
    "others",
    (
        "cases_closed",
        "cases_recovered",
        "claimed",
        "claim_ms",
        "contacted",
        "contact_ms",
        "contact_due",
        "contacted_in_time",
        "rescored",
        "rescore_millipercent",
        "rescore_square",  # of whole percents
    ),
)

FAMILIES: tuple[Family, ...] = (CONTACTS, RESPONSES, ANSWERS, MENTIONS, SURVEYS, REPEATS, RECOVERY)

TABLES: dict[str, tuple[str, ...]] = {
    table: tuple(measure for family in FAMILIES if family.table == table for measure in family.measures)
    for table in dict.fromkeys(family.table for family in FAMILIES)
}
"""Table of panes to its columns."""

MEASURES: tuple[str, ...] = tuple(measure for family in FAMILIES for measure in family.measures)

PENDING = "pending"
"""Not stored: resolved contacts whose repeat window has not closed yet. ``settled`` and ``repeated_…`` leave them out.

Reading splits the ``repeats`` family at now - the repeat window, so that nothing is rewritten as time goes by.
"""

SIGNED = frozenset(("rescore_millipercent",))
"""A score may fall. No other measure of a pane is ever below 0: of each fact it is 0 or more, and facts and sums change
in one transaction. (A row may be: the shard that takes back need not be the one that added.)"""

SPOILED = -(10**30)
"""The total of a measure that is below 0 in some pane: nobody knows what it should be. Whatever is added to it leaves
it below 0, and a metric made of it has no value."""

HISTOGRAMS: tuple[str, ...] = (
    # The position is how a stored bucket is read: append, never reorder or remove.
    "wait",
    "handle",
    "wrap",
    "hold",
    "response",
    "response_business",
    "claim",
    "contact",
)


def family_of(measure: str) -> Family:
    """The family a measure belongs to. KeyError for an unknown one."""
    return _FAMILY_OF[measure]


_FAMILY_OF = {measure: family for family in FAMILIES for measure in family.measures} | {PENDING: REPEATS}
