"""The two clocks of a case, to its claim and to the first contact: whose hours count, by when they are due."""

from alerting.core.clocks.clock import CLAIM, CONTACT, Clock, Clocks
from alerting.core.clocks.moment import BestMoment, best_moment
from alerting.core.clocks.policy import ClockPolicy, Rule
from alerting.core.clocks.queue import Both, Count, Queue, Waiting
from alerting.core.clocks.standing import NAMES, Name, Pace, Stand, Standing, standing

__all__ = [
    "CLAIM",
    "CONTACT",
    "NAMES",
    "BestMoment",
    "Both",
    "Clock",
    "ClockPolicy",
    "Clocks",
    "Count",
    "Name",
    "Pace",
    "Queue",
    "Rule",
    "Stand",
    "Standing",
    "Waiting",
    "best_moment",
    "standing",
]
