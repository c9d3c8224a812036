"""How often an address may ask. Time is an argument; memory is bounded whoever asks."""

import ipaddress
from collections import OrderedDict

from fastapi import Request

MOST_ADDRESSES = 10_000


class Limiter:
    """A token bucket for each address. Beyond ``most`` addresses the one least recently seen is forgotten.

    Args:
        per_second: tokens that come back each second.
        burst: what a full bucket holds.
    """

    def __init__(self, per_second: float, burst: float, *, most: int = MOST_ADDRESSES) -> None:
        self._per_second = per_second
        self._burst = burst
        self._most = most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str, now: float) -> float:
        """Seconds until this address has a token; 0 where it has one. Takes nothing."""
        return max(0.0, (1 - self._level(address, now)) / self._per_second)

    def take(self, address: str, now: float) -> float:
        """Take a token: 0, or, where there is none, the seconds until there is one."""
        wait = self.wait(address, now)
        if wait == 0.0:
            self._buckets[address] = (self._level(address, now) - 1, now)
            self._buckets.move_to_end(address)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        return wait

    def __len__(self) -> int:
        return len(self._buckets)

    def _level(self, address: str, now: float) -> float:
        level, then = self._buckets.get(address, (self._burst, now))
        return min(self._burst, level + (now - then) * self._per_second)


def address_of(request: Request) -> str:
    """Who asks, as the server saw it; of IPv6 the /64, since one household owns all of it."""
    host = request.client.host if request.client else ""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return host
