"""What a setting may say of how long rows are kept."""

from datetime import timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from events.runtime.retention import AuditDays, KeptDays, kept

DAYS: TypeAdapter[int] = TypeAdapter(KeptDays)
AUDIT: TypeAdapter[int] = TypeAdapter(AuditDays)


@pytest.mark.parametrize(("kind", "days"), [(DAYS, 0), (DAYS, 100), (DAYS, 730), (AUDIT, 0), (AUDIT, 365)])
def test_for_ever_and_what_is_long_enough_will_do(kind: TypeAdapter[int], days: int) -> None:
    assert kind.validate_python(days) == days


@pytest.mark.parametrize(("kind", "days"), [(DAYS, 1), (DAYS, 99), (DAYS, -1), (AUDIT, 100), (AUDIT, 364)])
def test_what_could_be_read_again_after_it_was_forgotten_is_refused(kind: TypeAdapter[int], days: int) -> None:
    with pytest.raises(ValidationError):
        kind.validate_python(days)


def test_zero_days_are_for_ever() -> None:
    assert (kept(0), kept(100)) == (None, timedelta(days=100))
