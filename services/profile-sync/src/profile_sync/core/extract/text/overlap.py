"""Of several finds, the ones that stand."""

from collections.abc import Iterable

from events.preference import (
    CallBack,
    ContactDays,
    ContactLanguage,
    ContactTime,
    Delivery,
    Dislike,
    DoNotContact,
    FormOfAddress,
    Interest,
    Note,
    Preference,
)
from profile_sync.core.extract.found import Found, Span

_CONTRADICTING = 0.65
"""What is left of each where a comment says two things that cannot both hold."""
_TEXTS = (Interest, Dislike, Note)


def settled(found: Iterable[Found]) -> tuple[Found, ...]:
    """One find per preference, the surest, in the order of the words."""
    surest: dict[Preference, Found] = {}
    for one in found:
        if one.preference not in surest or surest[one.preference].confidence < one.confidence:
            surest[one.preference] = one
    standing = [one for one in surest.values() if not any(_undoes(other, one) for other in surest.values())]
    languages = sum(isinstance(one.preference, ContactLanguage) for one in standing)
    told = (_doubted(one) if languages > 1 and isinstance(one.preference, ContactLanguage) else one for one in standing)
    return tuple(sorted(told, key=lambda one: one.span or Span(0, 0)))


def _undoes(other: Found, one: Found) -> bool:
    """``Don't call me`` holds a ``call me``, and so do ``call me Dr`` and ``call me before you deliver``."""
    said, meant = other.preference, one.preference
    if said == meant or not _overlap(other.span, one.span):
        return False
    if isinstance(meant, ContactTime | ContactDays):
        return isinstance(said, Delivery)
    if isinstance(meant, _TEXTS):
        return type(said) is type(meant) and _weight(other) > _weight(one)
    if isinstance(meant, CallBack | DoNotContact) and isinstance(said, FormOfAddress):
        return True
    if not isinstance(meant, CallBack) or not meant.value:
        return False
    stops = (isinstance(said, DoNotContact) and said.stop) or (isinstance(said, CallBack) and not said.value)
    return stops or isinstance(said, Delivery)


def _weight(found: Found) -> tuple[float, int, int]:
    start, end = found.span or (0, 0)
    return found.confidence, end - start, -start


def _overlap(a: Span | None, b: Span | None) -> bool:
    return a is not None and b is not None and a.start < b.end and b.start < a.end


def _doubted(one: Found) -> Found:
    return Found(one.preference, min(one.confidence, _CONTRADICTING), one.span)
