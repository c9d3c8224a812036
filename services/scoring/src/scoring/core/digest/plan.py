"""What an operator asks for: who gets which digest, when, about whom."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from events.envelope import DEFAULT_TENANT
from events.hours.zones import ZoneName
from events.vocabulary import Channel, Identifier, Label
from scoring.core.digest.period import Every, Schedule
from scoring.core.metrics import METRICS

if TYPE_CHECKING:
    MetricName: TypeAlias = str
else:  # derived from the list, so that exactly those are taken
    MetricName = Literal[tuple(METRICS)]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
USUAL = ("approval_rate", "csat", "nps", "aht", "service_level", "abandonment", "contact_volume")
"""The metrics of a digest that names none."""


class Plan(BaseModel):
    """One digest. Without teams and channels it is about everybody; with both, about those teams on those channels."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Identifier
    tenant: Identifier = DEFAULT_TENANT
    title: Label = "Customer service"
    every: Every = "week"
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    hour: Annotated[int, Field(ge=0, le=23)] = 7
    time_zone: ZoneName = "UTC"
    teams: Annotated[tuple[Label, ...], Field(max_length=100, strict=False)] = ()
    channels: Annotated[tuple[Channel, ...], Field(max_length=20, strict=False)] = ()
    metrics: Annotated[tuple[MetricName, ...], Field(min_length=1, max_length=50, strict=False)] = USUAL
    quotes: Annotated[int, Field(ge=0, le=20)] = 6
    send_to: Annotated[tuple[Identifier, ...], Field(max_length=50, strict=False)] = ()

    @field_validator("teams", "channels", "metrics", "send_to")
    @classmethod
    def _once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) != len(names):
            raise ValueError("names something twice")
        return names

    @property
    def schedule(self) -> Schedule:
        return Schedule(self.every, ZoneInfo(self.time_zone), self.hour, WEEKDAYS.index(self.weekday))

    @property
    def dimension(self) -> str:
        """The dimension its numbers are read from."""
        if self.teams and self.channels:
            return "channel_team"
        return "team" if self.teams else "channel" if self.channels else "all"

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of that dimension it is about."""
        if self.teams and self.channels:
            return tuple(f"{channel}/{team}" for channel in self.channels for team in self.teams)
        return self.teams or self.channels or ("",)

    @property
    def about(self) -> str:
        """Whom it is about, in words."""
        said = [
            f"{word} {', '.join(names)}"
            for word, names in (("Teams", self.teams), ("channels", self.channels))
            if names
        ]
        text = "; ".join(said) or "All teams and channels"
        return text[:1].upper() + text[1:]

    def covers(self, team: str | None, channel: str | None) -> bool:
        """Whether something of that team and channel belongs in it."""
        return (not self.teams or team in self.teams) and (not self.channels or channel in self.channels)

    def breakdown(self) -> tuple[str, tuple[str, ...] | None]:
        """The dimension whose keys are shown side by side, and which of them (None: all)."""
        if self.teams and self.channels:
            return "channel_team", self.keys
        return ("channel", self.channels) if self.channels else ("team", self.teams or None)


class Plans(BaseModel):
    """The digests file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    digests: Annotated[tuple[Plan, ...], Field(max_length=1000, strict=False)] = ()
    destinations: dict[Identifier, SecretStr] = Field(
        default_factory=dict, description="Apprise URLs by the names digests send to. They hold secrets."
    )

    @model_validator(mode="after")
    def _one_name_each(self) -> "Plans":
        names = [(plan.tenant, plan.name) for plan in self.digests]
        if len(set(names)) != len(names):
            raise ValueError("has two digests of one name")
        if any(name not in self.destinations for plan in self.digests for name in plan.send_to):
            raise ValueError("has a digest that is sent to a name that destinations lacks")
        return self

    def of(self, tenant: str) -> Sequence[Plan]:
        return [plan for plan in self.digests if plan.tenant == tenant]
