"""Scoring's own settings, from the environment, beside those every consumer has."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from events.runtime.configuration import ConsumerSettings


class Settings(ConsumerSettings):
    model_config = SettingsConfigDict(env_prefix="SCORING_", env_ignore_empty=True, frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(8081, ge=0, le=65535)
    batch_records: int = Field(4000, ge=1, le=50_000, description="How many records are read and applied at once.")
    export_seconds: float = Field(15.0, gt=0, description="How often the Prometheus gauges are computed.")
    export_series: int = Field(1000, ge=0, description="How many series a tenant's dimensions may have in the gauges.")
    export_agents: bool = Field(False, description="Whether the gauges have a series per agent.")
