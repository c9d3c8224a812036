"""Errors named for what the caller does about them.

Exception
├── Unavailable   something we depend on is away: try again later; nothing is wrong with the data
├── Fenced        another member owns this partition now: drop what you hold of it
└── Stuck         trying again will not help: stop the process, so that it is seen and restarted
"""


class Unavailable(Exception):
    """A broker, database or service cannot be reached or did not answer in time. The outcome may be unknown."""


class Fenced(Exception):
    """The stored offset is not where we believed: another member has taken the partition over."""


class Stuck(Exception):
    """No progress is possible without a person or a restart."""
