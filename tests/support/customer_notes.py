"""What profile-sync tells of customers' preferences, in tests."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from events.customer_note import PreferenceNoted, PreferenceRetracted, SaidIn
from events.envelope import Event
from events.preference import Preference

MARCH = datetime(2026, 3, 2, 12, tzinfo=UTC)
_numbers = itertools.count(1)


def noted(
    preference: Preference,
    *,
    note_id: str | None = None,
    customer_id: str = "cus-1",
    day: float = 1,
    tenant: str = "default",
    **changes: Any,
) -> Event[PreferenceNoted]:
    """A note said so many days after noon of 2 March 2026, told after all that were made before it."""
    number = next(_numbers)
    stated_at = MARCH + timedelta(days=day)
    about: dict[str, Any] = {
        "note_id": note_id or uuid4().hex,
        "customer_id": customer_id,
        "revision": number,
        "preference": preference,
        "stated_at": stated_at,
        "noted_at": stated_at,
        "said_in": SaidIn(source="/survey", response_id=f"r-{number}", event_id=f"e-{number}"),
        "extractor": "stated/1",
        "confidence": 1,
    }
    return _told(number, tenant, PreferenceNoted(**about | changes))


def retracted(
    note_id: str, *, customer_id: str = "cus-1", tenant: str = "default", **changes: Any
) -> Event[PreferenceRetracted]:
    number = next(_numbers)
    about: dict[str, Any] = {
        "note_id": note_id,
        "customer_id": customer_id,
        "revision": number,
        "retracted_at": MARCH,
    }
    return _told(number, tenant, PreferenceRetracted(**about | changes))


def _told(number: int, tenant: str, data: Any) -> Event[Any]:
    return Event(
        f"note:{number}:{uuid4().hex}", "/amends/profile-sync", tenant, time=MARCH, recorded_at=MARCH, data=data
    )
