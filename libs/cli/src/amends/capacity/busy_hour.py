"""A busy hour, second by second: how long a queue gets while KEDA reacts and the group rebalances. Deterministic."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from events.topics import PARTITIONS


@dataclass(frozen=True, slots=True)
class Hour:
    """What happens, and what is there.

    Attributes:
        events: a second, on average over the hour; in its middle ``peak`` times that.
        capacity: events a second that one replica applies.
        replicas, most: at the start, and at most.
        threshold: records of lag for which KEDA wants one more replica.
        poll: seconds between KEDA's looks.
        ready: seconds until a replica that was asked for consumes.
        pause: seconds for which nobody consumes while the group rebalances.
        session: seconds for which the partitions of a replica that was killed wait.
        killed_at: the second at which one is killed; None: none.
        hot: the share of all events that belong to one customer, and so to one partition.
    """

    events: float
    capacity: float
    peak: float = 1.5
    replicas: int = 2
    most: int = PARTITIONS
    threshold: int = 500
    poll: int = 30
    ready: int = 45
    pause: int = 5
    session: int = 30
    killed_at: int | None = 1_800
    hot: float = 0.0
    partitions: int = PARTITIONS


@dataclass(frozen=True, slots=True)
class Course:
    """How it went. ``lag``: records, the most at once; ``wait``: seconds, the longest that a record waited;
    ``recovered``: seconds from the kill until the lag was what it was; None: not within the hour and a quarter after.
    """

    lag: int
    wait: int
    recovered: int | None
    replicas: int
    rebalances: int


SECONDS = 3_600
AFTER = 900


class _Queue:
    """One partition: how many records came and were applied by which second, so that waits are known."""

    def __init__(self) -> None:
        self.lag = 0.0
        self.oldest = 0
        self._came: list[float] = []
        self._applied = 0.0

    def take(self, count: int) -> None:
        self._came.append((self._came[-1] if self._came else 0.0) + count)
        self.lag += count

    def apply(self, most: float) -> float:
        done = min(self.lag, most)
        self.lag -= done
        self._applied += done
        while self.oldest < len(self._came) and self._came[self.oldest] <= self._applied + 1e-6:
            self.oldest += 1
        return done

    def waited(self, second: int) -> int:
        """Seconds, of the record that waits longest."""
        return max(0, second - self.oldest) if self.lag > 1e-6 else 0


def simulate(hour: Hour, seed: int = 1) -> Course:
    """The hour, and a quarter of one after it in which less comes."""
    draw = random.Random(seed)  # noqa: S311  (a simulation)
    queues = [_Queue() for _ in range(hour.partitions)]
    members, joining, joining_at, paused_until, orphaned_until = hour.replicas, 0, 0, 0, 0
    orphans: Sequence[int] = ()
    worst, longest, rebalances, before, recovered = 0.0, 0, 0, 0.0, None
    for second in range(SECONDS + AFTER):
        if second == hour.killed_at:
            before, orphaned_until = sum(queue.lag for queue in queues), second + hour.session
            orphans = _share(0, members, hour.partitions)
        if orphans and second == orphaned_until:  # its partitions go to the others, and it is there again
            orphans, paused_until, rebalances = (), second + hour.pause, rebalances + 1
        if joining and second == joining_at:
            members, joining, paused_until, rebalances = joining, 0, second + hour.pause, rebalances + 1
        for partition, queue in enumerate(queues):
            queue.take(_arrivals(hour, second, partition, draw))
        if second >= paused_until:
            _work(queues, hour, members, orphans)
        lag = sum(queue.lag for queue in queues)
        if second % hour.poll == 0 and not joining:
            wanted = min(hour.most, math.ceil(lag / hour.threshold))
            joining, joining_at = (wanted, second + hour.ready) if wanted > members else (0, 0)
        worst, longest = max(worst, lag), max(longest, *(queue.waited(second) for queue in queues))
        if hour.killed_at is not None and recovered is None and second >= hour.killed_at + hour.session + hour.pause:
            recovered = second - hour.killed_at if lag <= before + _rate(hour, second) else None
    return Course(round(worst), longest, recovered, members, rebalances)


def _rate(hour: Hour, second: int) -> float:
    """Rises to the peak in the middle of the hour, so that its mean is right, and falls to half afterwards."""
    if second >= SECONDS:
        return hour.events / 2
    wave = math.cos((second / SECONDS - 0.5) * math.tau)
    return hour.events * (1 + (hour.peak - 1) * wave)


def _arrivals(hour: Hour, second: int, partition: int, draw: random.Random) -> int:
    rate = _rate(hour, second)
    mean = rate * (1 - hour.hot) / hour.partitions + (rate * hour.hot if partition == 0 else 0)
    if mean > 50:
        return max(0, round(draw.gauss(mean, math.sqrt(mean))))
    count, product = 0, draw.random()  # Poisson, by Knuth's multiplication
    while product > math.exp(-mean):
        count, product = count + 1, product * draw.random()
    return count


def _work(queues: Sequence[_Queue], hour: Hour, members: int, orphans: Sequence[int]) -> None:
    """Each member works on its partitions as far as its second goes, the shortest first, as the consumer does."""
    for member in range(members):
        left = hour.capacity
        mine = [partition for partition in _share(member, members, hour.partitions) if partition not in orphans]
        for partition in sorted(mine, key=lambda each: queues[each].lag):
            left -= queues[partition].apply(left)


def _share(member: int, members: int, partitions: int) -> range:
    """The partitions of one member by the range assignor."""
    size, more = divmod(partitions, members)
    start = member * size + min(member, more)
    return range(start, start + size + (member < more))
