"""The little language in which rules are written: names of meanings in a row.

``please call me`` fits these three meanings one after another, whatever the words. ``|``, ``?``, ``{0,3}``, round
brackets and ``(?!…)`` mean what they do in regular expressions; square brackets hold the part that gives the value. A
name is that of a meaning, or any word that has it. ``_`` is any word, ``unknown`` one we do not know, ``x`` one that
says nothing here (an article, a preposition, or unknown), ``call`` is ringing or the phone; ``start`` and ``end`` are
the edges of a clause, ``closed`` is a clause that ends here or goes on with ``please``, ``but``, ``and``, ``if`` or
thanks, ``dot`` the end of a sentence; ``opening`` is its edge, ``first`` and ``last`` those of the comment. No gap is
open-ended, so that matching takes time linear in the length of the comment.
"""

import re
from collections.abc import Mapping

from profile_sync.core.extract.text.reading import COMMA, OTHER, QUOTE, STOP

_EDGE = re.escape(STOP + COMMA + QUOTE)
_SMALL = ("a", "be", "in", "by", "to", "of", "for", "your", "my", "too", "and", "with", "on", "this")
_GOING_ON = ("please", "thanks", "but", "and", "if", "sir")
_NAME = re.compile(r"[a-z_]+|,")


def compiled(says: str, signs: Mapping[str, str]) -> re.Pattern[str]:
    """The pattern over signs.

    Raises:
        KeyError: it names a meaning that no lexicon has.
    """
    known = {
        **signs,
        "call": f"[{signs['ring']}{signs['phone']}]",
        "_": f"[^{re.escape(STOP)}]",
        "unknown": OTHER,
        "x": f"[{OTHER}{''.join(signs[name] for name in _SMALL)}]",
        "start": f"(?:^|(?<=[{_EDGE}]))",
        "end": f"(?=[{_EDGE}]|$)",
        "closed": f"(?=[{_EDGE}{''.join(signs[name] for name in _GOING_ON)}]|$)",
        "dot": re.escape(STOP),
        "opening": f"(?:^|(?<={re.escape(STOP)}))",
        "first": "^",
        "last": f"(?=[{_EDGE}]*$)",
        ",": re.escape(COMMA),
    }
    pattern = re.sub(r"\((?!\?)", "(?:", says)
    pattern = pattern.replace("[", "(").replace("]", ")")
    pattern = re.sub(r"\{[^}]*\}|" + _NAME.pattern, lambda m: m[0] if m[0][0] == "{" else known[m[0]], pattern)
    return re.compile(pattern.replace(" ", ""))
