"""The events of a run. Event ``n`` is a function of ``n`` alone, so what a topic holds can be checked against it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

CUSTOMERS, AGENTS = 20_000, 400
DAY = 24 * 60 * 60
CHANNELS = (b"phone", b"email", b"video")  # of one length, like all that varies: a body is cut without parsing it
TEAMS = (b"billing", b"returns", b"support", b"courier")
REASONS = (b"invoice", b"address", b"payment", b"damaged", b"warning")

DATA = (
    b'{"interaction_id":"call-%010d","revision":1,"channel":"%b","team":"%b","agent":"a-%03d","customer_id":"cus-%05d",'
    b'"reason":"%b","offered_at":"%b","answered_at":"%b","ended_at":"%b","talk_seconds":%d,"hold_seconds":%d,'
    b'"wrap_seconds":%d,"resolved":true}'
)
ENVELOPE = (
    b'{"specversion":"1.0","id":"%010d","source":"/pbx/berlin","type":"interaction.reported","time":"%b","data":%b}'
)
ESCAPED = (rb"Zur\u00fcckgabe \u2013 \"teuer\"", rb"Zur\u00fcckgabe \u2013 \"nicht\"")
"""Two reasons written with escapes, for the same bytes each."""
NON_ASCII = "Kundschaft Zürich".encode()


class Day:
    """One day of contacts, all of which have ended.

    Args:
        start: its first moment, at least two days before the events are posted.
    """

    def __init__(self, start: datetime) -> None:
        moments = (start + timedelta(seconds=second) for second in range(DAY + 1_000))
        self._seconds = [f"{moment:%Y-%m-%dT%H:%M:%SZ}".encode() for moment in moments]

    def data(self, number: int) -> bytes:
        """The payload alone."""
        return self._made(number, TEAMS[number % len(TEAMS)], REASONS[number % len(REASONS)])[1]

    def event(self, number: int) -> bytes:
        """A CloudEvent in the JSON format, as compact as senders write it."""
        ended, data = self._made(number, TEAMS[number % len(TEAMS)], REASONS[number % len(REASONS)])
        return ENVELOPE % (number, ended, data)

    def escaped(self, number: int) -> bytes:
        """The same with backslash escapes in one field and characters beyond ASCII in another."""
        ended, data = self._made(number, NON_ASCII, ESCAPED[number % len(ESCAPED)])
        return ENVELOPE % (number, ended, data)

    def _made(self, number: int, team: bytes, reason: bytes) -> tuple[bytes, bytes]:
        mixed = (number * 2_654_435_761) & 0xFFFFFFFF  # as if drawn, but known from the number
        mixed = ((mixed ^ mixed >> 15) * 2_246_822_519 & 0xFFFFFFFF) >> 7
        offered = mixed % DAY
        wait, talk, hold, wrap = mixed % 90, 100 + mixed % 500, 10 + mixed % 50, 10 + mixed % 90
        ended = self._seconds[offered + wait + talk]
        data = DATA % (
            number,
            CHANNELS[mixed % len(CHANNELS)],
            team,
            mixed % AGENTS,
            mixed % CUSTOMERS,
            reason,
            self._seconds[offered],
            self._seconds[offered + wait],
            ended,
            talk,
            hold,
            wrap,
        )
        return ended, data


def joined(events: Sequence[bytes]) -> bytes:
    """A JSON array."""
    return b"[" + b",".join(events) + b"]"
