"""A lawyer, a court or a consumer body in the comment, however good the score."""

from alerting.core.rules import words
from alerting.core.rules.decision import Decision, Reason
from alerting.core.rules.rule import Circumstances, Rule
from alerting.core.wording import LEGAL_THREATS


def _judge(found: Circumstances, settings: words.WordSettings) -> Decision | None:
    return words.judge(found, settings, LEGAL_THREATS, Reason.LEGAL_THREAT)


RULE = Rule("legal_threat", frozenset({"survey", "mention"}), words.WordSettings, _judge)
