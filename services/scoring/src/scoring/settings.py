"""Scoring's settings, from the environment. See docs/configuration.md."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Names without alias carry the prefix SCORING_."""

    model_config = SettingsConfigDict(env_prefix="SCORING_", frozen=True)

    database_url: str = Field(validation_alias="DATABASE_URL")
    kafka_bootstrap_servers: str = Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS")
    api_keys_file: Path = Field(validation_alias="API_KEYS_FILE")
    log_level: str = Field("info", validation_alias="LOG_LEVEL")
    host: str = "127.0.0.1"
    port: int = 8081
    export_seconds: float = Field(15.0, gt=0, description="How often the Prometheus gauges are computed.")
    export_agents: bool = Field(False, description="Whether the gauges have a series per agent.")
