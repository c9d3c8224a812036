"""Yes and no as a CRM keeps them that has no checkbox with three states."""

from typing import Any

from profile_sync.core.preferences import is_flag


def as_kept(field: str, value: Any) -> Any:
    """What an agent leaves in our field, given the bare value."""
    return ("yes" if value else "no") if is_flag(field) and isinstance(value, bool) else value


def as_bare(field: str, kept: Any) -> Any:
    return {"yes": True, "no": False}.get(kept, kept) if is_flag(field) and isinstance(kept, str) else kept
