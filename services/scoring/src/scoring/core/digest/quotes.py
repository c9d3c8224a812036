"""Which customers' words a digest quotes: praise as much as complaint, short, and about nobody by name."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, zip_longest
from typing import Literal

Class = Literal["satisfied", "neutral", "dissatisfied"]

LONGEST = 280
SHORTEST = 12
"""Characters: what is shorter says little ("ok", "thanks")."""

_WORD = re.compile(r"[^\W_]+")
_ID = re.compile(r"[\w.:-]*\w")
_LINK = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)\S+", re.IGNORECASE)
"""A mail would make it one to follow, and it is a stranger's."""
_NAME = 3
"""Letters: what is shorter is taken for no name."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What a customer wrote, masked of personal data when it was stored."""

    text: str
    class_: Class
    at: datetime
    team: str | None = None
    channel: str | None = None
    reason: str | None = None


def chosen(remarks: Iterable[Remark], count: int, agents: Collection[str] = ()) -> tuple[Remark, ...]:
    """At most ``count``, the newest of each class: praise and complaint in turn, neutral ones for what is left.

    Remarks with the id of an agent in them, or a part of one that may be a name, are not quoted.
    """
    names = _names(agents)
    usable = _distinct(r for r in sorted(remarks, key=lambda r: r.at, reverse=True) if _quotable(r.text, names))
    praise, complaint, neutral = (
        [remark for remark in usable if remark.class_ == class_] for class_ in ("satisfied", "dissatisfied", "neutral")
    )
    in_turn = chain.from_iterable(zip_longest(complaint, praise))
    both = [remark for remark in in_turn if remark is not None]
    return (*both[:count], *neutral[: max(0, count - len(both))])


def shortened(text: str, longest: int = LONGEST) -> str:
    """On one line, without addresses of pages, cut at a word where it is too long."""
    line = " ".join(_LINK.sub("[link]", text).split())
    if len(line) <= longest:
        return line
    cut = line[: longest - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > longest // 2 else cut).rstrip() + "…"


def _distinct(remarks: Iterable[Remark]) -> Sequence[Remark]:
    """Without repeats: several questions of one survey bring the same comment."""
    return list({" ".join(remark.text.casefold().split()): remark for remark in remarks}.values())


def _quotable(text: str, names: frozenset[str]) -> bool:
    said = {found.casefold() for pattern in (_WORD, _ID) for found in pattern.findall(text)}
    return len(text.strip()) >= SHORTEST and said.isdisjoint(names)


def _names(agents: Collection[str]) -> frozenset[str]:
    """What a remark must not have in it: of ``jane.doe`` that, Jane and Doe; of ``a-17`` that alone."""
    ids = {agent.casefold() for agent in agents}
    parts = {part for agent in ids for part in _WORD.findall(agent)}
    return frozenset(ids | {part for part in parts if len(part) >= _NAME and not part.isdigit()})
