"""A note as the API shows it."""

from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from profile_sync.core.preferences import Decision, NoteId, Slot, Status, Value


class SaidIn(BaseModel):
    """Where the customer said it, and how it was found there."""

    source: str = Field(examples=["/survey/acme"])
    response_id: str = Field(examples=["resp-9001"])
    event_id: str = Field(examples=["evt-1"])
    extractor: str = Field(examples=["text/1"], description="Its name and version.")
    answer: str | None = Field(None, description="The key of the structured answer it was found in.")


class Place(BaseModel):
    """Where in the remark, in Unicode code points; `end` is the first one after it."""

    start: int = Field(ge=0, examples=[15])
    end: int = Field(ge=1, examples=[33])


class Decided(BaseModel):
    what: Decision
    by: str | None = Field(examples=["Dana"])
    at: datetime | None


class PreferenceNote(BaseModel):
    """One thing a customer said, and where it comes from."""

    note_id: NoteId = Field(examples=["0f343b0931126a20f133d67c2b018a3b"])
    kind: str = Field(examples=["language"])
    channel: str | None = Field(None, description="For do_not_contact: the channel meant.")
    item: str = Field("", description="Tells it from others of its kind, where a customer may have several.")
    value: Value | None = Field(
        examples=["bn"],
        description="For do_not_contact and call_back: whether. Null: the customer took back what they had said.",
    )
    status: Status
    confidence: float = Field(ge=0, le=1, description="How sure it is that this is what was said; 1: not interpreted.")
    stated_at: datetime = Field(description="When the customer said it.")
    recorded_at: datetime = Field(description="When Amends heard of it.")
    expires_at: datetime | None = Field(None, description="From when on it does not count; null: never.")
    said_in: SaidIn
    words: str | None = Field(None, description="The words it was read from.", examples=["only in Bengali"])
    comment: str | None = Field(
        None,
        description="The whole remark; null where nothing was read from it, or it was changed or forgotten since.",
        examples=["Please call me only in Bengali."],
    )
    span: Place | None = Field(None, description="Where in `comment` the words are.")
    decision: Decided | None = Field(None, description="What a person decided, if one did.")
    crm_field: str = Field(examples=["language"])


class CustomersNote(PreferenceNote):
    customer_id: str = Field(examples=["cus-42"])


def shown(row: RowMapping) -> PreferenceNote:
    return PreferenceNote.model_validate(_fields(row))


def customers(row: RowMapping) -> CustomersNote:
    return CustomersNote.model_validate({**_fields(row), "customer_id": row["customer_id"]})


def _fields(row: RowMapping) -> dict[str, object]:
    slot, comment, span = Slot(row["kind"], row["item"]), row["comment"], _span(row)
    decided = {"what": row["decision"], "by": row["decided_by"], "at": row["decided_at"]}
    return {
        **{name: row[name] for name in PreferenceNote.model_fields if name in row},
        "channel": slot.item if slot.kind == "do_not_contact" else None,
        "said_in": SaidIn.model_validate(row),
        "span": span,
        "comment": comment if span else None,
        "words": comment[span.start : span.end] if span else None,
        "decision": decided if row["decision"] else None,
        "crm_field": slot.field,
    }


def _span(row: RowMapping) -> Place | None:
    """None also where the remark is not kept (any more)."""
    start, end, comment = row["span_start"], row["span_end"], row["comment"]
    if start is None or comment is None or not 0 <= start < end <= len(comment):
        return None
    return Place(start=start, end=end)
