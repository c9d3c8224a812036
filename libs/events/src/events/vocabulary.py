"""Field types every event shares: identifiers, labels, instants, channels."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import AwareDatetime, BeforeValidator, Field

Channel = Literal[
    "phone", "email", "chat", "messaging", "sms", "social", "video", "web", "in-person", "other"
]  # fmt: skip
CHANNELS: tuple[Channel, ...] = get_args(Channel)

Direction = Literal["inbound", "outbound"]

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,128}$")]
"""An id in some system. No '@', no '+', no spaces: an e-mail address or phone number as typed is not an id."""

Source = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/-]{1,128}$")]
"""Who says so: a CloudEvents ``source``, such as ``/crm/acme`` or ``urn:pbx:7``."""

Label = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A short printable name: a team, a queue, a contact reason."""

Seconds = Annotated[float, Field(ge=0, le=31 * 24 * 3600)]
"""A duration in seconds, fractions allowed, at most 31 days."""

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def parse_instant(value: Any) -> datetime:
    """An RFC 3339 date-time with an offset, in UTC, no finer than a microsecond.

    Raises:
        ValueError: not such a string, no such date, or before the year 2000.
    """
    if isinstance(value, str) and _RFC3339.fullmatch(value):
        text = re.sub(r"(\.\d{6})\d+", r"\1", value.upper())
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError("is not a date and time that exists") from None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("must be an RFC 3339 date-time with an offset, such as 2026-03-01T09:30:00Z")
    try:
        instant = value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is not a date and time that exists") from None
    if instant < _EARLIEST:
        raise ValueError("is before the year 2000")
    return instant


Instant = Annotated[AwareDatetime, BeforeValidator(parse_instant, json_schema_input_type=AwareDatetime)]
"""A moment, always in UTC."""
