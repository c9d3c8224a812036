"""Scoring's own settings, from the environment, beside those every consumer has. See docs/configuration.md."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from events.hours.business import Calendars
from events.hours.calendar_file import calendars
from events.hours.zones import ZoneName
from events.problems import Invalid
from events.runtime import plain_yaml
from events.runtime.configuration import ConsumerSettings, DatabaseSettings, PublicUrl, TrustedProxies
from events.runtime.errors import Stuck
from events.runtime.retention import LEAST_DAYS, KeptDays
from scoring.core.digest.plan import Plans as DigestPlans
from scoring.core.metrics import METRICS
from scoring.digests import plans as digest_plans
from scoring.pages.published import read_published
from scoring.recognition import plans as recognition_plans
from scoring.recognition.plans import Plans as RecognitionPlans

SHORTEST_PASSPHRASE = 8
T = TypeVar("T")


def _long_enough(phrase: SecretStr) -> SecretStr:
    if len(phrase.get_secret_value()) < SHORTEST_PASSPHRASE:
        raise ValueError(f"must have at least {SHORTEST_PASSPHRASE} characters")
    return phrase


def _outlives_repeats(days: int) -> int:
    if days < LEAST_DAYS:
        raise ValueError(
            f"must be at least {LEAST_DAYS}: a record can be read again for 90 days and would count twice, and a"
            f" rebuild counts the hours of {LEAST_DAYS} days"
        )
    return days


def _readable(read: Callable[[Path], object]) -> AfterValidator:
    def check(path: Path) -> Path:
        read(path)
        return path

    return AfterValidator(check)


def read_calendars(path: Path) -> Calendars:
    """Raises ValueError with every complaint."""
    try:
        return calendars(plain_yaml.load(path))
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read: {type(error).__name__}") from error
    except Invalid as error:
        raise ValueError(f"{path.name}: {error}") from error


def read_recognition(path: Path) -> RecognitionPlans:
    """Raises ValueError with every complaint."""
    return recognition_plans.load(path, METRICS)


def check_published(path: Path) -> None:
    """Raises ValueError with every complaint."""
    try:
        read_published(path)
    except Stuck as error:
        raise ValueError(str(error)) from error


class _Calendared(BaseSettings):
    calendars_file: Annotated[Path, _readable(read_calendars)] | None = Field(
        None,
        description="YAML: business hours by team ([metrics.md](metrics.md)); without it every hour is a "
        "business hour. After a change restart every replica of scoring, then run `amends "
        "scoring rebuild` with the same `DATABASE_URL`, `SCORING_CALENDARS_FILE` and "
        "`SCORING_FACTS_DAYS`",
    )

    facts_days: Annotated[int, AfterValidator(_outlives_repeats), Field(ge=LEAST_DAYS, le=36_500)] = Field(
        400,
        description="how long a fact is kept after it last changed. What is told anew of one that is gone counts twice",
    )

    @property
    def calendars(self) -> Calendars:
        return read_calendars(self.calendars_file) if self.calendars_file else Calendars()


class RebuildSettings(_Calendared, DatabaseSettings):
    """All that a rebuild needs."""

    model_config = SettingsConfigDict(env_prefix="SCORING_", env_ignore_empty=True, frozen=True)


class Settings(_Calendared, ConsumerSettings):
    """Names without alias carry the prefix SCORING_. An empty variable is as good as none."""

    model_config = SettingsConfigDict(env_prefix="SCORING_", env_ignore_empty=True, frozen=True)

    host: str = Field("127.0.0.1", description="where it listens; `0.0.0.0` for every address")
    port: int = Field(8081, ge=0, le=65535, description="where it listens")
    batch_records: int = Field(4000, ge=1, le=50_000, description="how many records are read and applied at once")
    remarks_days: int = Field(90, ge=1, description="how long masked comments are kept, for the digest and for praise")
    agents_days: KeptDays = Field(0, description="how long the daily sums of single agents are kept; 0: for ever")

    export_seconds: float = Field(
        15.0,
        gt=0,
        description="how often the Prometheus gauges are computed; where computing is slow, at most 30 s later",
    )
    export_agents: bool = Field(
        False,
        description="whether the gauges have series per agent, and the topic `scorecards` a scorecard per"
        " agent; agents are people, and many",
    )
    export_series: int = Field(
        1000,
        ge=0,
        description="the most time series a tenant takes in Prometheus, those for `all` included (428); "
        "what does not fit is counted in `amends_scoring_left_out_keys`",
    )

    public_url: PublicUrl = Field(
        "http://127.0.0.1:8081",
        description="where people reach the pages; links point there, and https makes cookies secure",
    )
    board_passphrase: Annotated[SecretStr, AfterValidator(_long_enough)] | None = Field(
        None,
        description="opens the wallboard and the recognition board, at least 8 characters; without it they are shut",
    )
    session_secret: SecretStr | None = Field(
        None,
        description="signs the boards' cookies and the link for screens; without it random at each start,"
        " so several replicas need the same; make one with `openssl rand -base64 32`",
    )
    board_tenant: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,128}$")] = Field(
        "default", description="whose numbers the boards show"
    )
    time_zone: ZoneName = Field("UTC", description="IANA name: in which the boards show times and begin a day")
    trusted_proxies: TrustedProxies = Field(
        "",
        description="addresses or networks, separated by commas, whose `X-Forwarded-For` is believed: "
        "else everybody behind a proxy shares one allowance of the public pages",
    )
    published_file: Annotated[Path, _readable(check_published)] | None = Field(
        None,
        description="YAML: what anybody may see at `/public/csat` ([pages.md](pages.md)); without it nothing is public",
    )

    recognition_file: Annotated[Path, _readable(read_recognition)] | None = Field(
        None,
        description="YAML, or a folder of them, one a tenant: what is awarded, and who is told of praise "
        "([recognition.md](recognition.md))",
    )
    award_grace_minutes: int = Field(
        60, ge=0, le=1440, description="how long after a day or week has ended its awards are made"
    )
    scorecard_minutes: int = Field(15, ge=1, description="how often at most a scorecard is put on its topic")
    digest_file: Annotated[Path, _readable(digest_plans.load)] | None = Field(
        None, description="YAML: which digests go to whom, and when ([digest.md](digest.md)); without it none is sent"
    )

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def recognition(self) -> RecognitionPlans:
        return read_recognition(self.recognition_file) if self.recognition_file else {}

    @property
    def digests(self) -> DigestPlans:
        return digest_plans.load(self.digest_file)
