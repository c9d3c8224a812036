"""Patterns of the contracts (Rust's regular expressions, as pydantic runs them) said in Python's."""

import re
from collections.abc import Iterable
from dataclasses import dataclass


class Unsupported(Exception):
    """A contract says something we do not know how to check quickly; it must be read the careful way."""


@dataclass(frozen=True, slots=True)
class Alphabet:
    """Which characters texts may be made of. ``joint`` is one of them."""

    texts: re.Pattern[str]
    joint: str

    def has_all(self, texts: Iterable[str]) -> bool:
        return self.texts.fullmatch(self.joint.join(texts)) is not None


_OF_CHARACTERS = re.compile(r"\^(\[(?:[^\]\\]|\\.)+\])(\+|\{(\d+),(\d+)\})\$")
_NEGATED_SET = re.compile(r"(\[\^(?:[^\]\\]|\\.)+\])")
_TOLD_APART = re.compile(r"\\(?!x[0-9a-f]{2}|s)[a-zA-Z0-9]|\(\?|[$^]|&&|--|~~|\[\[")


def python(pattern: str) -> str:
    """A pattern that matches no text which ``pattern`` does not match. Raises Unsupported.

    ``$`` is the very end in Rust, but not in Python; ``\\s`` is some characters more in Python, which is stricter
    inside a negated set and is cut down to ASCII elsewhere.
    """
    if not (pattern.startswith("^") and pattern.endswith("$")):
        raise Unsupported(f"the pattern {pattern} is not anchored at both ends")
    parts = _NEGATED_SET.split(pattern[1:-1])
    if any(_TOLD_APART.search(part.removeprefix("[^") if odd % 2 else part) for odd, part in enumerate(parts)):
        raise Unsupported(f"the pattern {pattern} may mean something else in Python")
    plain = [part if odd % 2 else part.replace(r"\s", r"(?:[ \t\n\r\f\v])") for odd, part in enumerate(parts)]
    return rf"^(?:{''.join(plain)})\Z"


def alphabet(pattern: str) -> tuple[Alphabet, int, int | None] | None:
    """What a pattern of the form ``^[characters]{least,most}$`` or ``^[characters]+$`` says, else None."""
    found = _OF_CHARACTERS.fullmatch(pattern)
    if found is None:
        return None
    python(pattern)
    texts = re.compile(rf"{found[1]}*")
    joint = next(char for char in map(chr, range(ord(" "), 0x7F)) if texts.fullmatch(char))
    return Alphabet(texts, joint), int(found[3] or 1), int(found[4]) if found[4] else None
