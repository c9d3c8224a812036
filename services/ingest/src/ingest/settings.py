"""The configuration, from the environment; every complaint about it at once."""

from typing import Annotated, Literal

from pydantic import Field, FilePath, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from events.runtime.errors import Stuck


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="INGEST_", frozen=True)

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    kafka: Annotated[str, Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS", min_length=1)]
    api_keys: Annotated[FilePath, Field(validation_alias="API_KEYS_FILE")]
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Field(validation_alias="LOG_LEVEL")] = "info"


def load() -> Settings:
    """Raises Stuck with every complaint, each naming its variable and none repeating a value."""
    try:
        return Settings()
    except ValidationError as error:
        complaints = [f"{_variable(item['loc'])}: {item['msg']}" for item in error.errors(include_input=False)]
        raise Stuck("configuration: " + "; ".join(complaints)) from None


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0])
    return name if name.isupper() else f"INGEST_{name.upper()}"
