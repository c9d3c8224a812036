"""When requests are due in an open loop: whoever sends does not wait for answers, as the world does not."""

import itertools
import random


def arrivals(rate: float, seconds: float, seed: int) -> list[float]:
    """Seconds from the start, ascending, at ``rate`` a second on average, independent of each other (Poisson)."""
    draw = random.Random(seed)
    moments = itertools.accumulate(draw.expovariate(rate) for _ in itertools.count())
    return list(itertools.takewhile(lambda moment: moment < seconds, moments))
