"""What stands before a phrase in its clause, and what that leaves of it."""

import re
from collections.abc import Mapping

from profile_sync.core.extract.text.pattern import compiled
from profile_sync.core.extract.text.rule import By

FAR = 12
"""So many words before a phrase are looked at."""
_CONDITION = 0.6
_QUOTED = 0.5


class Scope:
    """How much a phrase still says after what stands before it: 1 all, 0 nothing."""

    def __init__(self, signs: Mapping[str, str]) -> None:
        def pattern(says: str) -> re.Pattern[str]:
            return compiled(says, signs)

        self._reset = pattern("(,|but|please)")
        self._told = pattern(",? x? (they|agent) said me? end")
        self._reported = pattern("said _{0,3}$")
        self._others = pattern("(they|courier|didnt|never|cannot|why|does) _{0,5}$")
        self._undone = pattern("(not|no|ne|(?<!thanks) you|i) (to|do)?$")
        self._denied = pattern("((not|didnt|never) x{0,2} this i?|why (could|should)? i?)$")
        self._third = pattern("(agent|customer|folk) _{0,1}$")
        self._contrast = pattern("but")
        self._condition = pattern("if (?!you? could|be? unknown ,?$)_{0,11}$")

    def told(self, after: str) -> bool:
        """``after``, the signs behind the phrase, lay it in another's mouth: "please speak slowly, they told me"."""
        return self._told.match(after.lstrip('"')) is not None

    def weight(self, before: str, by: By) -> float:
        """``before``: the signs before the phrase, FAR of them at most."""
        sentence = before.rpartition(".")[2]
        if by is By.ANY or not sentence:
            return 1.0
        quoted = _QUOTED if sentence.count('"') % 2 else 1.0
        if self._reported.search(sentence) or self._denied.search(sentence):
            return 0.0
        clause = self._reset.split(sentence)[-1]
        condition = _CONDITION if self._condition.search(self._contrast.split(sentence)[-1]) else 1.0
        if by is By.STATED:
            return quoted * condition
        if self._others.search(clause) or self._undone.search(clause):
            return 0.0
        return quoted * condition * (_QUOTED if self._third.search(clause) else 1.0)
