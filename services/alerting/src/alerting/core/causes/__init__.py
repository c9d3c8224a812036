"""Why customers were let down: the taxonomy, the suggestion for one case, the board over many."""

from alerting.core.causes.agreement import Agreement, Choice, agreement
from alerting.core.causes.contact import ContactFacts
from alerting.core.causes.evidence import SOURCES, Because, Source
from alerting.core.causes.history import History
from alerting.core.causes.pareto import SPLITS, Bar, Board, Split, Tally, pareto
from alerting.core.causes.rate import FEWEST, Rate
from alerting.core.causes.suggestion import STRENGTHS, Facts, Strength, Suggestion, suggest
from alerting.core.causes.taxonomy import TAXONOMY, Description, describe

__all__ = [
    "FEWEST",
    "SOURCES",
    "SPLITS",
    "STRENGTHS",
    "TAXONOMY",
    "Agreement",
    "Bar",
    "Because",
    "Board",
    "Choice",
    "ContactFacts",
    "Description",
    "Facts",
    "History",
    "Rate",
    "Source",
    "Split",
    "Strength",
    "Suggestion",
    "Tally",
    "agreement",
    "describe",
    "pareto",
    "suggest",
]
