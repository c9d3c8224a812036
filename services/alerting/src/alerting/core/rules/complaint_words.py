"""Words of a complaint in the comment, however good the score."""

from alerting.core.rules import words
from alerting.core.rules.decision import Decision, Reason
from alerting.core.rules.rule import Circumstances, Rule
from alerting.core.wording import COMPLAINTS


def _judge(found: Circumstances, settings: words.WordSettings) -> Decision | None:
    return words.judge(found, settings, COMPLAINTS, Reason.COMPLAINT_WORDS)


RULE = Rule("complaint_words", frozenset({"survey", "mention"}), words.WordSettings, _judge)
