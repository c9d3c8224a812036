"""How long what a customer said holds. A table, so that it can be read as one."""

from datetime import datetime, timedelta

from profile_sync.core.preferences import Said

BY_KIND: dict[str, timedelta] = {
    "call_back": timedelta(days=14),
    "interest": timedelta(days=180),
}
"""What is missing holds until something else is said."""

HABIT = timedelta(days=90)


def expires_at(said: Said, stated_at: datetime) -> datetime | None:
    lifetime = HABIT if said.by == "habit" else BY_KIND.get(said.slot.kind)
    return None if lifetime is None else stated_at + lifetime
