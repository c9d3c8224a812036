"""What people ask of the schedules: a change by hand, and an end to it."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from alerting.core.oncall.shifts import LAST
from events.vocabulary import Identifier, Instant

LONGEST_OVERRIDE = timedelta(days=92)
By = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
Note = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")]


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)

    by: By = Field(description="Who asks for it.")


class NewOverride(_Asked):
    """Put somebody on call, or take somebody off, for a while."""

    schedule: Identifier
    person: Identifier = Field(description="An id of the on-call file.")
    effect: Literal["on", "off"] = Field(
        "on",
        description="`on`: this person, and nobody else, is on call on the layer, also outside its hours. "
        "`off`: this person is not.",
    )
    layer: Annotated[int, Field(ge=1, le=20)] | None = Field(
        None, description="From 1. Left out: layer 1 for `on`, every layer for `off`."
    )
    starts: Instant = Field(description="Begins now at the earliest, so a time that is past is now.")
    ends: Instant
    note: Note | None = None

    @model_validator(mode="after")
    def _a_span(self) -> Self:
        if not self.starts < self.ends:
            raise ValueError("must end after it starts")
        if self.ends > LAST:
            raise ValueError("must end before the year 2100")
        if self.ends - self.starts > LONGEST_OVERRIDE:
            raise ValueError("must last at most 92 days")
        return self

    @model_validator(mode="before")
    @classmethod
    def _whose_layer(cls, said: object) -> object:
        if isinstance(said, dict) and said.get("layer") is None and said.get("effect", "on") == "on":
            return {**said, "layer": 1}
        return said


class NewLink(_Asked):
    """A link by which a calendar reads the shifts of a schedule, or of a person. Exactly one of the two is named."""

    schedule: Identifier | None = None
    person: Identifier | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.schedule is None) == (self.person is None):
            raise ValueError("must name either a schedule or a person")
        return self


class End(_Asked):
    """An end to an override or a link, from this moment on."""
