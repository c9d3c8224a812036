"""Ingest's own settings, from the environment, beside those every service has."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from events.runtime.configuration import KafkaSettings


class Settings(KafkaSettings):
    model_config = SettingsConfigDict(env_prefix="INGEST_", env_ignore_empty=True, frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
