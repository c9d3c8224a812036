"""What profile-sync tells everybody of a customer's preferences: ``preference.noted`` and ``preference.retracted``."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from events.envelope import Payload
from events.preference import Preference
from events.vocabulary import Identifier, Instant, Source

Revision = Annotated[int, Field(ge=1, le=2**53 - 1)]


class SaidIn(BaseModel):
    """Where it was said. Of what a customer does without saying so, the source is ``urn:amends:habit``."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    source: Source
    response_id: Identifier
    event_id: Identifier


class PreferenceNoted(Payload):
    """A customer wants this from now on. What they said before for the same is retracted beside it.

    The remark it was read from is not in it; `value` alone may be in the customer's words, for the kinds that say so.
    """

    TYPE: ClassVar[str] = "preference.noted"
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "note_id": "3f0c5a1e9b7d42c68a14e0f25b9d7c31",
                "customer_id": "cus-42",
                "revision": 118,
                "preference": {"kind": "do_not_contact", "value": "phone"},
                "stated_at": "2026-03-02T09:40:00Z",
                "noted_at": "2026-03-02T09:40:01Z",
                "said_in": {"source": "/survey", "response_id": "resp-9001", "event_id": "r-5f1d"},
                "extractor": "stated/1",
                "confidence": 1,
            }
        }
    )

    note_id: Identifier
    customer_id: Identifier
    revision: Revision = Field(description="Grows with everything that is told; of one note the newest counts.")
    preference: Preference
    stated_at: Instant = Field(description="When the customer said it.")
    noted_at: Instant = Field(description="When Amends heard of it.")
    expires_at: Instant | None = Field(None, description="Does not hold from then on; left out: until it is retracted.")
    said_in: SaidIn
    extractor: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9_/.-]+$")]
    confidence: Annotated[float, Field(ge=0, le=1)]

    def partition_key(self) -> str:
        return self.customer_id


class PreferenceRetracted(Payload):
    """What was noted does not hold any more: it was taken back, replaced, rejected by a person, or has expired."""

    TYPE: ClassVar[str] = "preference.retracted"
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "note_id": "3f0c5a1e9b7d42c68a14e0f25b9d7c31",
                "customer_id": "cus-42",
                "revision": 131,
                "retracted_at": "2026-03-09T15:02:11Z",
            }
        }
    )

    note_id: Identifier
    customer_id: Identifier
    revision: Revision = Field(description="Grows with everything that is told; of one note the newest counts.")
    retracted_at: Instant

    def partition_key(self) -> str:
        return self.customer_id
