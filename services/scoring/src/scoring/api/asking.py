"""What may be asked, and what is refused: a misspelt ``window`` must not be answered with a number over another one."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from fastapi import Request
from pydantic import BaseModel, Field

from events.hours.zones import zone
from events.problems import Problem
from events.runtime.problem_details import ProblemError
from events.vocabulary import parse_instant
from scoring.core.attribution import DIMENSIONS
from scoring.core.metrics import METRICS
from scoring.core.window import CALENDAR, ROLLING, Window
from scoring.figures import Asked, Forgotten
from scoring.figures.asked import Against
from scoring.figures.series import Grain

if TYPE_CHECKING:
    MetricName: TypeAlias = str
    Dimension: TypeAlias = str
    Grouping: TypeAlias = str
else:  # derived from the lists, so that the API refuses and documents exactly those
    MetricName, Dimension, Grouping = Literal[tuple(METRICS)], Literal[DIMENSIONS], Literal[DIMENSIONS[1:]]

_NAMES = ", ".join((*ROLLING, *CALENDAR))
Key = Annotated[str, Field(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]


class OverWindow(BaseModel):
    """A window: named, or from one moment to another."""

    window: str | None = Field(
        None,
        description=f"One of {_NAMES}, a day such as 2026-03-02 or a week such as 2026-W10."
        " 24h unless from/to are given.",
        examples=["24h"],
    )
    start: str | None = Field(None, alias="from", description="RFC 3339; with `to`.")
    end: str | None = Field(None, alias="to", description="RFC 3339, excluded.")
    zone: str = Field("UTC", description="IANA time zone: whose days, weeks and hours are meant.")

    def over(self, now: datetime) -> Window:
        """Raises ProblemError with every complaint."""
        problems: list[Problem] = []
        place = self._zone(problems)
        window = self._named(now, place, problems) if self.start is self.end is None else self._between(place, problems)
        if window is None or problems:
            raise refused(*problems)
        return window

    def _zone(self, problems: list[Problem]) -> ZoneInfo:
        try:
            return zone(self.zone)
        except ValueError as error:
            problems.append(_wrong("zone", error))
            return ZoneInfo("UTC")

    def _named(self, now: datetime, place: ZoneInfo, problems: list[Problem]) -> Window | None:
        try:
            return Window.named(self.window or "24h", now, place)
        except ValueError as error:
            problems.append(_wrong("window", error))
            return None

    def _between(self, place: ZoneInfo, problems: list[Problem]) -> Window | None:
        if self.window is not None:
            problems.append(Problem("/query/window", "conflict", "give either window, or from and to"))
        bounds = []
        for name, said in (("from", self.start), ("to", self.end)):
            try:
                bounds.append(parse_instant(said))
            except ValueError as error:
                problems.append(_wrong(name, error))
        if len(bounds) < 2:
            return None
        try:
            return Window.between(bounds[0], bounds[1], place)
        except ValueError as error:
            problems.append(_wrong("from", error))
            return None


class OfKey(OverWindow):
    """The key of a dimension. Of ``all`` there is one key, which is empty."""

    dimension: Dimension = "all"
    key: Key | None = Field(None, description="Only this one of the dimension.")

    def _no_key_of_all(self) -> None:
        if self.dimension == "all" and self.key:
            raise refused(Problem("/query/key", "conflict", "names one of a dimension; say which dimension"))

    def only(self) -> str | None:
        """The one key that is meant, if it is one. Raises ProblemError."""
        self._no_key_of_all()
        return "" if self.dimension == "all" else self.key

    def one(self) -> str:
        """The one key that is meant. Raises ProblemError where none is named."""
        found = self.only()
        if found is None:
            raise refused(Problem("/query/key", "missing", "is required with a dimension other than all"))
        return found


class MetricsQuery(OfKey):
    metric: list[MetricName] = Field(min_length=1, max_length=len(METRICS), examples=[["csat"]])
    compare: Against | None = Field(None, description="With the period before, or with the same hours last week.")
    percentiles: bool = Field(False, description="p50, p90 and p99 of durations, too.")
    trend: bool = Field(False, description="Against the period before, and against the last four windows like it.")

    def asked(self, now: datetime) -> Asked:
        return Asked(
            tuple(METRICS[name] for name in dict.fromkeys(self.metric)),
            self.over(now),
            self.dimension,
            self.only(),
            self.compare,
            self.percentiles,
            self.trend,
        )


class SeriesQuery(OfKey):
    metric: MetricName = Field(examples=["csat"])
    grain: Grain = Field("hour", description="Days are those of the zone; hours and minutes begin as they do in UTC.")


class QuadrantQuery(OverWindow):
    dimension: Grouping = "team"


class ContactsQuery(OfKey):
    metric: MetricName = Field(examples=["csat"])
    limit: int = Field(50, ge=1, le=200)
    cursor: Annotated[str, Field(max_length=600)] | None = Field(None, description="`next` of the page before.")


def known(model: type[BaseModel]) -> Callable[[Request], Awaitable[None]]:
    """A dependency that refuses parameters the model has no field for."""
    names = [field.alias or name for name, field in model.model_fields.items()]

    async def dependency(request: Request) -> None:
        if set(request.query_params) - set(names):
            raise refused(Problem("/query", "unknown", f"has a parameter that is none of {', '.join(names)}"))

    return dependency


def refused(*problems: Problem) -> ProblemError:
    return ProblemError(422, "The request does not fit the contract", problems=problems)


def forgotten(error: Forgotten, parameter: str) -> ProblemError:
    return refused(_wrong(parameter, error))


def _wrong(parameter: str, error: ValueError) -> Problem:
    return Problem(f"/query/{parameter}", "value_error", str(error))
