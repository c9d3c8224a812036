"""What is answered."""

from datetime import datetime

from pydantic import BaseModel, Field

from scoring.core.change import Reason, Verdict
from scoring.core.metrics.metric import Better
from scoring.core.quadrant import Name
from scoring.core.statistics import Reliability


class Definition(BaseModel):
    metric: str
    title: str
    unit: str
    definition_version: int
    definition: str
    better: Better | None = Field(description="Which way customers are better off; null where neither way is.")
    beside: list[str] = Field(description="Metrics always served with this one: alone it would mislead.")
    percentiles: bool = Field(description="Whether there are percentiles, too.")


class WindowShown(BaseModel):
    """From `from` (included) to `to` (excluded), whole minutes, UTC; widened where sums that fine are not kept."""

    name: str | None
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")
    zone: str


class Shown(BaseModel):
    """A number and what it rests on; `value` is null without data, never 0."""

    value: float | None
    n: int = Field(description="Sample size.")
    interval: tuple[float, float] | None = Field(description="95 % interval, where one is defined.")
    reliability: Reliability = Field(description="too_few: n < 5, show n only. indicative: n < 30, show the interval.")


class PercentilesShown(BaseModel):
    """Seconds, over the window widened to whole hours."""

    p50: float
    p90: float
    p99: float
    n: int
    relative_error: float = Field(description="Each is right within this share of itself.")


class ChangeShown(BaseModel):
    """What became of a number: `rose` and `fell` are more than noise (95 %)."""

    reason: Reason = Field(description="too_few: n < 30 on either side. unknown: no interval is defined.")
    flagged: bool
    difference: float | None = Field(description="New − old.")
    interval: tuple[float, float] | None = Field(description="95 % interval of the difference.")
    verdict: Verdict | None = Field(description="Whether customers are better off, where flagged and known.")


class ComparedShown(Shown):
    """The number then. A count is per one window as long as the one asked for; `n` is of all windows."""

    windows: list[WindowShown]
    change: ChangeShown


class TrendShown(BaseModel):
    short: ComparedShown = Field(description="Since the period before.")
    long: ComparedShown = Field(description="Against the same hours of the last four weeks, taken together.")


class NumberShown(Shown):
    percentiles: PercentilesShown | None = None
    compared: ComparedShown | None = None
    trend: TrendShown | None = None


class Row(NumberShown):
    key: str = Field(description='Of the dimension; "" for all, "unattributed" where nobody can be named.')
    beside: dict[str, NumberShown]


class Answered(Definition):
    values: list[Row]


class Answer(Answered):
    window: WindowShown
    dimension: str
    also: list[Answered] = Field(description="The other metrics that were asked for, in that order.")


class PointShown(Shown):
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")
    beside: dict[str, Shown]


class SeriesAnswer(Definition):
    window: WindowShown
    dimension: str
    key: str
    grain: str
    points: list[PointShown] = Field(description="Every minute, hour or day of the window, oldest first.")


class LoadShown(BaseModel):
    channel: str
    weekday: int = Field(description="1 is Monday.")
    hour: int
    contacts: int
    hours: int = Field(description="How many hours of the window were this one of the week.")
    per_hour: float


class HoursAnswer(BaseModel):
    window: WindowShown
    values: list[LoadShown]


class PlaceShown(BaseModel):
    key: str
    quadrant: Name | None = Field(description="Null with too few contacts or answers.")
    aht: Shown
    csat: Shown


class QuadrantAnswer(BaseModel):
    window: WindowShown
    dimension: str
    enough: int = Field(description="From so many contacts and answers on a key is placed, and counts for the lines.")
    aht_line: float | None = Field(description="Seconds: the median of the keys; at or below it is fast.")
    csat_line: float | None = Field(description="The CSAT of the keys taken together; at or above it is happy.")
    values: list[PlaceShown]


class BehindShown(BaseModel):
    kind: str = Field(examples=["interaction"])
    id: str = Field(examples=["call-1001"])
    at: datetime = Field(description="When it counts.")
    channel: str | None
    team: str | None
    agent: str | None
    reason: str | None
    adds: dict[str, int] = Field(description="What it adds to the sums that the metric is made of.")


class ContactsAnswer(BaseModel):
    metric: str
    window: WindowShown
    dimension: str
    key: str
    values: list[BehindShown] = Field(description="Newest first. A page may be short and yet have a next one.")
    next: str | None = Field(description="`cursor` of the next page; null where this was all.")
