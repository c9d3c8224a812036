"""Settings and judging that the two rules on a customer's words share."""

from typing import Annotated

from pydantic import Field, field_validator

from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.rule import Circumstances, RuleSettings
from alerting.core.wording import Lexicon, folded

Entry = Annotated[str, Field(min_length=2, max_length=80)]


class WordSettings(RuleSettings):
    """Attributes:
    words: looked for besides our own list; ``*`` at the end of a word stands for any ending.
    ignore: entries of our own list that mean nothing here.
    """

    words: tuple[Entry, ...] = ()
    ignore: frozenset[Entry] = frozenset()

    @field_validator("words")
    @classmethod
    def _findable(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        Lexicon(words)
        return words


def judge(found: Circumstances, settings: WordSettings, ours: Lexicon, reason: Reason) -> Decision | None:
    """A mention is answered where it stands; one who writes in a survey is called."""
    answer = found.answer
    if answer is None or (answer.kind == "survey" and answer.score is None):
        return None
    hits = (answer.words & ours.entries) - settings.ignore
    if not hits and settings.words and answer.comment:
        hits = Lexicon(settings.words).found(folded(answer.comment))
    if not hits:
        return None
    return Decision(Verdict.OPEN, reason, "reply" if answer.kind == "mention" else "recover")
