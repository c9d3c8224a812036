"""Slowing down those who guess.

Each try is charged before the password is looked at, and the charge is taken back when it was right: a thousand tries
at once are a thousand charges, not one. What a try is charged to says how long the next one has to wait. Nothing is
ever locked for good, and what strangers do to somebody's login does not keep them out of the network they know.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

FIRST_WAIT_SECONDS = 10.0
FORGOTTEN_AFTER_SECONDS = 24 * 3600.0
"""A subject that has been left alone for so long begins anew."""


class Kind(Enum):
    """What is slowed down: (its name, failures without a wait, longest wait in seconds)."""

    LOGIN_HERE = ("login here", 5, 900.0)
    """One login, tried from one network."""
    LOGIN = ("login", 20, 3600.0)
    """One login, tried from anywhere it has not been used before."""
    NETWORK = ("network", 30, 60.0)
    """One network, whatever it tries: many colleagues may share it."""
    PASSPHRASE = ("passphrase", 10, 60.0)
    """The passphrase, tried from one network."""
    ROUND_TRIP = ("round trip", 60, 60.0)
    """Setting out for the provider, from one network."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that tries are charged to. ``digest`` is all that is kept of it."""

    kind: Kind
    digest: bytes

    @classmethod
    def of(cls, kind: Kind, *parts: str | None) -> "Subject":
        said = "\0".join([kind.value[0], *(part or "" for part in parts)])
        return cls(kind, hashlib.sha256(said.encode()).digest())


def wait(kind: Kind, failures: int, seconds_ago: float) -> float:
    """Seconds until the next try: doubled with each failure beyond those that are free, up to the longest."""
    _, free, longest = kind.value
    if failures < free or seconds_ago >= FORGOTTEN_AFTER_SECONDS:
        return 0.0
    return max(0.0, min(FIRST_WAIT_SECONDS * 2.0 ** min(failures - free, 30), longest) - seconds_ago)


def subjects_of_login(tenant: str, login: str, network: str | None, *, known: bool) -> Iterable[Subject]:
    """What a try with a login is charged to. ``known``: the login has been used from that network before."""
    yield Subject.of(Kind.LOGIN_HERE, tenant, login, network)
    yield Subject.of(Kind.NETWORK, tenant, network)
    if not known:
        yield Subject.of(Kind.LOGIN, tenant, login)
