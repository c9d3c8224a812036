"""An event: CloudEvents 1.0 attributes around one payload. Its identity is tenant + source + id."""

from datetime import datetime
from typing import Annotated, ClassVar, Generic, Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace
from pydantic import BaseModel, ConfigDict, Field, model_validator

from events.origin import Origin
from events.vocabulary import Identifier, Instant, Source

DEFAULT_TENANT = "default"


class Payload(BaseModel):
    """What an event says. One frozen class per event type; unknown fields are refused at the edge."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    TYPE: ClassVar[str]
    """The CloudEvents ``type``: ``noun.past-verb``."""

    def partition_key(self) -> str:
        """What keeps related events in order: the customer where known, else the thing spoken of."""
        raise NotImplementedError


class Revised(Payload):
    """A full snapshot of something that is reported again when it changes. The newest version wins."""

    revision: Annotated[int, Field(ge=0, le=2**53 - 1)] | None = Field(
        None, description="Grows with every change. Give this or `updated_at`; with neither, the first report stands."
    )
    updated_at: Instant | None = Field(
        None, description="When the snapshot was taken; used where there is no revision."
    )

    @model_validator(mode="after")
    def _one_version(self) -> "Revised":
        if self.revision is not None and self.updated_at is not None:
            raise ValueError("must have revision or updated_at, not both: they could disagree")
        return self

    @property
    def version(self) -> int:
        """Comparable among reports of the same thing: the revision, else microseconds since 1970, else 0."""
        if self.revision is not None:
            return self.revision
        return round(self.updated_at.timestamp() * 1_000_000) if self.updated_at else 0


P_co = TypeVar("P_co", bound=Payload, covariant=True)


class Event(Struct, Generic[P_co], frozen=True, gc=False):
    """One event, as every service sees it. (A Struct, since it is made a thousand times for each batch.)

    Attributes:
        time: when it happened, by the sender's clock.
        recorded_at: when Amends accepted it, by our clock; kept through replays.
        traceparent, tracestate: W3C trace context of the request that brought it, if any.
        request_id: what that request is called in our logs and in the answer's ``X-Request-Id``.
    """

    id: str
    source: str
    tenant: str
    time: datetime
    recorded_at: datetime
    data: P_co
    traceparent: str | None = None
    tracestate: str | None = None
    request_id: str | None = None

    @property
    def type(self) -> str:
        return self.data.TYPE

    @property
    def identity(self) -> tuple[str, str, str]:
        return (self.tenant, self.source, self.id)

    @property
    def origin(self) -> Origin:
        """The request that brought it."""
        return Origin(self.request_id, self.traceparent, self.tracestate)

    def came_of(self, origin: Origin) -> "Event[P_co]":
        """The same, brought by that request."""
        return replace(self, **origin._asdict())


class Attributes(BaseModel):
    """The CloudEvents attributes we know. Others are refused rather than silently lost."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    specversion: Literal["1.0"]
    id: Identifier
    source: Source
    type: Annotated[str, Field(min_length=1, max_length=128)]
    time: Instant | None = None
    subject: Annotated[str, Field(max_length=256)] | None = None
    datacontenttype: Annotated[str, Field(pattern=r"^application/json(;\s*charset=(utf|UTF)-8)?$")] = "application/json"
    dataschema: Annotated[str, Field(max_length=512)] | None = None
    tenant: Identifier | None = None
    recordedtime: Instant | None = None
    traceparent: Annotated[str, Field(pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")] | None = None
    tracestate: Annotated[str, Field(max_length=512, pattern=r"^[\x20-\x7e]*$")] | None = None
    requestid: Identifier | None = None
