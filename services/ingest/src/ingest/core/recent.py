"""Which events came a short while ago already: for counting senders' repeats, never for dropping any."""

from collections.abc import Hashable


class Recent:
    """Remembers the last ``most`` to twice as many identities, as hashes of 64 bits: a count, not a proof."""

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._young: set[int] = set()
        self._old: set[int] = set()

    def seen(self, identity: Hashable) -> bool:
        """Whether it was there before; from now on it is."""
        mark = hash(identity)
        if mark in self._young or mark in self._old:
            return True
        self._young.add(mark)
        if len(self._young) >= self._most:
            self._old, self._young = self._young, set()
        return False
