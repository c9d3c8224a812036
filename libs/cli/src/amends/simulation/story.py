"""What happens over a day, as functions of its phase from 0 to 1: how busy it is, and the queue that goes wrong."""

import math

from events.vocabulary import Channel

TROUBLED_TEAM = "billing"
TROUBLED_CHANNEL: Channel = "phone"
_BEGINS, _FULL, _EASES, _OVER = 0.30, 0.38, 0.58, 0.68
_BURSTS = ((0.22, 0.24), (0.50, 0.53), (0.80, 0.82))


def load(phase: float) -> float:
    """How busy it is, about 1 on average: a morning and an afternoon hump, and three short bursts."""
    humps = 0.55 + 0.75 * math.exp(-(((phase - 0.28) / 0.14) ** 2)) + 0.65 * math.exp(-(((phase - 0.70) / 0.16) ** 2))
    burst = 2.5 if any(begins <= phase < ends for begins, ends in _BURSTS) else 1.0
    return humps * burst


def trouble(phase: float, channel: Channel, team: str) -> float:
    """From 0, all well, to 1: invoices went out wrong and everybody calls. It comes, stays and is mended."""
    if (channel, team) != (TROUBLED_CHANNEL, TROUBLED_TEAM) or not _BEGINS < phase < _OVER:
        return 0.0
    if phase < _FULL:
        return (phase - _BEGINS) / (_FULL - _BEGINS)
    return 1.0 if phase < _EASES else (_OVER - phase) / (_OVER - _EASES)
