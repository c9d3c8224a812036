"""Ingest's own settings, from the environment, beside those every service has."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from events.runtime.configuration import KafkaSettings, TrustedProxies


class Settings(KafkaSettings):
    model_config = SettingsConfigDict(env_prefix="INGEST_", env_ignore_empty=True, frozen=True)

    host: str = Field("127.0.0.1", description="where it listens; `0.0.0.0` for every address")
    port: int = Field(8080, ge=0, le=65535, description="where it listens")
    database_url: str | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="for keys of sources, contacts that vendors tell of in pieces, and answers that must "
        "be fetched; run `python -m ingest migrate` first. Without it those sources are "
        "refused at start",
    )
    sources_file: Path | None = Field(
        None, description="the systems that post webhooks: [sources](sources.md); read again when it changes"
    )
    secrets_dir: Path | None = Field(
        None, description="the folder of their secrets, one file each; read again when they change"
    )
    trusted_proxies: TrustedProxies = Field(
        "", description="addresses or networks, separated by commas, whose `X-Forwarded-For` is believed"
    )
    rate_per_second: float = Field(1000, gt=0, description="requests a second for each API key; beyond it 429")
    rate_burst: float = Field(2000, ge=1, description="requests at once for each API key, after a rest")
