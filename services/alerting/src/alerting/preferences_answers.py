"""What profile-sync's API answers, as far as the desk reads it. What is newer than the desk is left out."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

Value = str | bool


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SaidIn(_Answer):
    response_id: str
    extractor: str
    answer: str | None = None

    @property
    def by(self) -> str:
        """The extractor's name, without its version."""
        return self.extractor.partition("/")[0]


class Place(_Answer):
    """In Unicode code points, as Python counts."""

    start: int
    end: int


class Decided(_Answer):
    what: str
    by: str | None = None
    at: datetime | None = None


class PreferenceNote(_Answer):
    note_id: str
    customer_id: str = ""
    kind: str
    item: str = ""
    value: Value | None = None
    status: str
    confidence: float = 1.0
    stated_at: datetime
    expires_at: datetime | None = None
    said_in: SaidIn
    comment: str | None = None
    span: Place | None = None
    decision: Decided | None = None

    @property
    def marked(self) -> tuple[str, str, str] | None:
        """The remark in three parts: before the words it was read from, the words, after them."""
        if self.comment is None or self.span is None:
            return None
        start, end = self.span.start, self.span.end
        return self.comment[:start], self.comment[start:end], self.comment[end:]


class Waiting(_Answer):
    preferences: tuple[PreferenceNote, ...]
    counts: dict[str, int]
    next: str | None = None


class CrmField(_Answer):
    field: str
    wanted: dict[str, Any] | None = None
    written: dict[str, Any] | None = None
    written_at: datetime | None = None
    held_by_human: bool = False
    yielded_since: datetime | None = None


class Drift(_Answer):
    since: datetime
    fields: tuple[str, ...]


class Crm(_Answer):
    state: str
    reason: str | None = None
    pending_since: datetime | None = None
    next_try_at: datetime | None = None
    agreed_at: datetime | None = None
    drift: Drift | None = None
    fields: tuple[CrmField, ...] = ()


class Consent(_Answer):
    extraction: bool
    in_force: bool
    by: str | None = None
    at: datetime | None = None


class Known(_Answer):
    """Everything about one customer."""

    customer_id: str
    preferences: tuple[PreferenceNote, ...]
    proposed: tuple[PreferenceNote, ...]
    history: tuple[PreferenceNote, ...]
    consent: Consent
    crm: Crm | None = None


class Troubled(_Answer):
    customer_id: str
    trouble: str
    reason: str | None = None
    fields: tuple[str, ...] = ()
    since: datetime


class Parked(_Answer):
    customers: tuple[Troubled, ...]
    next: str | None = None
