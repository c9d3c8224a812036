"""Configuration from the environment."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="DEMO_CRM_", extra="ignore", hide_input_in_errors=True)

    database_url: Annotated[str, Field(validation_alias="DATABASE_URL")]
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8090
    token: Annotated[SecretStr, Field(min_length=8)]
    """What callers of the API must send as a bearer token. The pages ask for none: keep them on this machine."""
