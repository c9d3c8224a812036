"""One source as configured: who posts, for whom, how it proves itself, and what its payloads leave unsaid."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from events import scales
from events.envelope import DEFAULT_TENANT
from events.hours.zones import ZoneName
from events.scales import Instrument, RawValue, ScaleId
from events.vocabulary import Channel, Identifier, Label
from events.vocabulary import Source as SourceName

Field_ = Literal["interaction_id", "customer_id", "agent", "team", "channel", "reason", "language"]
"""What a survey or call can carry about its contact besides the score and the times."""

NAME_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"

SecretName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
"""The name of a file in the folder of secrets, never the secret itself."""

Path = Annotated[str, Field(pattern=r"^[^.\x00-\x1f]+(\.[^.\x00-\x1f]+)*$", max_length=256)]
"""Where something stands in a vendor's document: keys joined by dots, such as ``detail.group_id``."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(_Part):
    """One question of a survey that we count: what it measures, and on which scale, since payloads don't say."""

    form: str | None = Field(None, description="The vendor's id of the form or survey; left out: any form.")
    question: str = Field(description="The vendor's id or reference of the question.")
    instrument: Instrument = "csat"
    scale: ScaleId
    values: dict[str, RawValue] = Field(
        default_factory=dict, description="What an answer means on the scale, where it is a choice or a word."
    )
    comment: str | None = Field(None, description="The question whose text answer is this score's comment.")

    @model_validator(mode="after")
    def _fits(self) -> "Question":
        if self.scale not in scales.ALLOWED[self.instrument]:
            allowed = ", ".join(sorted(scales.ALLOWED[self.instrument]))
            raise ValueError(f"{self.instrument} is asked on {allowed}, not on {self.scale}")
        for value in self.values.values():
            scales.check(self.instrument, self.scale, value, name="a value in values")
        return self


class Api(_Part):
    """Where to fetch what the vendor's events only point at."""

    base_url: Annotated[str, Field(pattern=r"^https://[^\s/@?#]+(:[0-9]+)?$|^http://127\.0\.0\.1:[0-9]+$")]
    token: SecretName
    per_second: Annotated[float, Field(gt=0, le=1000)] = 5


class Rate(_Part):
    """A token bucket: so many requests a second, and so many at once after a rest."""

    per_second: Annotated[float, Field(gt=0, le=1_000_000)] = 500
    burst: Annotated[int, Field(gt=0, le=1_000_000)] = 1000


class Source(_Part):
    """One system that posts. ``options`` is the vendor's own part, validated by its adapter."""

    name: Annotated[str, Field(pattern=NAME_PATTERN, description="Stands in its URL.")]
    vendor: str
    tenant: Identifier = DEFAULT_TENANT
    speaks_for: Annotated[tuple[SourceName, ...], Field(description="CloudEvents sources; left out: its name.")] = ()
    secrets: tuple[SecretName, ...] = Field((), description="Any of them may have signed: two while rotating.")
    allow_from: tuple[IPv4Network | IPv6Network, ...] = Field((), description="Networks it may post from; none: any.")
    signature: str | None = Field(None, description="The signing scheme of a home-grown sender.")
    time_zone: ZoneName = Field("UTC", description="For times that come without an offset.")
    interaction_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{0,64}$")] | None = Field(
        None, description="Put before the vendor's contact ids, so that two vendors' numbers don't meet."
    )
    channel: Channel | None = Field(None, description="The channel, where the payload doesn't say.")
    fields: dict[Field_, Path] = Field(default_factory=dict, description="Where its payload has what we ask for.")
    labels: dict[Literal["team", "reason"], dict[str, Label]] = Field(
        default_factory=dict, description="Readable names for the vendor's ids."
    )
    questions: tuple[Question, ...] = ()
    api: Api | None = None
    rate: Rate = Rate()
    options: Any = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def voices(self) -> tuple[str, ...]:
        """The CloudEvents sources it may speak for; the first is what its adapter's events get."""
        return self.speaks_for or (self.name,)
