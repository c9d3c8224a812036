"""THE list of rules, the most telling first: what several rules find is told under the first one's reason.

A legal threat has deadlines; a broken promise, or a second failure, weighs more than one bad mark. Words of complaint
come after the score: they find what the score does not show. A rule is one file: it reads circumstances and its
settings, and says what it decides and why.
"""

from alerting.core.rules import (
    abandoned,
    call_back_missed,
    complaint_words,
    legal_threat,
    long_wait,
    low_score,
    negative_mention,
    public_praise,
    repeat_unresolved,
    score_fell,
    team_csat_drop,
)
from alerting.core.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    legal_threat.RULE,
    call_back_missed.RULE,
    repeat_unresolved.RULE,
    score_fell.RULE,
    negative_mention.RULE,
    low_score.RULE,
    complaint_words.RULE,
    abandoned.RULE,
    long_wait.RULE,
    public_praise.RULE,
    team_csat_drop.RULE,
)
