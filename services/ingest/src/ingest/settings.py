"""Ingest's own settings, from the environment, beside those every service has."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from events.runtime.configuration import KafkaSettings, TrustedProxies


class Settings(KafkaSettings):
    model_config = SettingsConfigDict(env_prefix="INGEST_", env_ignore_empty=True, frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    database_url: str | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="For keys of sources, contacts that come in pieces, and answers that must be fetched.",
    )
    sources_file: Path | None = Field(None, description="The sources that post webhooks.")
    secrets_dir: Path | None = Field(None, description="The folder of their secrets, one file each.")
    trusted_proxies: TrustedProxies = Field("", description="Whose X-Forwarded-For is believed: addresses or networks.")
    rate_per_second: float = Field(1000, gt=0, description="Requests a second for each API key.")
    rate_burst: float = Field(2000, ge=1, description="Requests at once for each API key, after a rest.")
