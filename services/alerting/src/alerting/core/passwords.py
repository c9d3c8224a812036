"""Passwords: which are taken, and how they are kept.

The rules are those of NIST SP 800-63B, section "Password Authenticators": a least length, nothing about kinds of
characters, no expiry, and nothing that is commonly used or follows from who somebody is.
"""

import base64
import hashlib
import hmac
import unicodedata
from dataclasses import dataclass

from alerting.core.common_passwords import COMMON

SHORTEST = 12
LONGEST = 256
SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Cost:
    """scrypt's parameters: CPU and memory, block size, parallelism. One hash takes 128 · n · r bytes."""

    n: int
    r: int
    p: int


COST = Cost(n=2**16, r=8, p=2)
"""64 MiB a hash: OWASP's Password Storage Cheat Sheet names it as equal to n=2^17, p=1, with half the memory."""


def complaint(password: str, *others: str) -> str | None:
    """Why a new password is not taken, None where it is. ``others``: what it must not be, such as login and name."""
    if len(_normal(password)) < SHORTEST:
        return f"The password needs at least {SHORTEST} characters. Several words in a row are easy to remember."
    if len(password) > LONGEST:
        return f"The password may have at most {LONGEST} characters."
    bare = _bare(password)
    if bare in COMMON or len(set(bare)) < 4:
        return "That password is among the first anybody would guess. Please take another."
    if any(_same(bare, _bare(other)) for other in others):
        return "The password must not be your login or your name."
    return None


def _same(bare: str, other: str) -> bool:
    """Also where it is only said several times, or only digits are added."""
    return bool(other) and bare.strip("0123456789").replace(other, "") == "" and other in bare


def _bare(text: str) -> str:
    return "".join(c for c in _normal(text).casefold() if c.isalnum())


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def hashed(password: str, salt: bytes, cost: Cost = COST) -> str:
    """What is kept: ``scrypt$n$r$p$salt$key``. Takes a good part of a second: not on the event loop."""
    return "$".join(["scrypt", str(cost.n), str(cost.r), str(cost.p), _text(salt), _text(_key(password, salt, cost))])


def fits(password: str, kept: str) -> bool:
    """Whether that is the password. Takes as long as ``hashed`` with the parameters that were kept."""
    cost, salt, key = _parts(kept)
    return hmac.compare_digest(_key(password, salt, cost), key)


def outdated(kept: str) -> bool:
    """Whether it was kept with other parameters than new ones are."""
    return _parts(kept)[0] != COST


def nobodys(cost: Cost = COST) -> str:
    """What a password is compared with where there is no account: the same work, and nothing is known that fits."""
    return "$".join(["scrypt", str(cost.n), str(cost.r), str(cost.p), _text(bytes(SALT_BYTES)), _text(bytes(32))])


def _key(password: str, salt: bytes, cost: Cost) -> bytes:
    memory = 128 * cost.r * (cost.n + cost.p + 2)
    secret = _normal(password[:LONGEST]).encode()
    return hashlib.scrypt(secret, salt=salt, n=cost.n, r=cost.r, p=cost.p, dklen=32, maxmem=memory)


def _parts(kept: str) -> tuple[Cost, bytes, bytes]:
    _, n, r, p, salt, key = kept.split("$")
    return Cost(int(n), int(r), int(p)), base64.b64decode(salt), base64.b64decode(key)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
