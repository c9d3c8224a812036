"""Settings every service has, and reading them: every complaint at once, in the operator's words."""

from ipaddress import ip_network
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, FilePath, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings

from events.problems import predicate
from events.runtime.errors import Stuck
from events.runtime.kafka import SESSION_SECONDS

LogLevel = Literal["debug", "info", "warning", "error"]
S = TypeVar("S", bound=BaseSettings)


def _networks(said: str) -> str:
    for each in filter(None, (part.strip() for part in said.split(","))):
        try:
            if each != "*":
                ip_network(each)
        except ValueError:
            raise ValueError("must be addresses or networks such as 10.0.0.0/8, separated by commas, or *") from None
    return said


TrustedProxies = Annotated[str, AfterValidator(_networks)]
"""Whose X-Forwarded-For is believed. One that is misspelt would believe nobody, without a word."""


class KafkaSettings(BaseSettings):
    """Of every service. These names carry no prefix: they are the same for all."""

    kafka_bootstrap_servers: str = Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS", min_length=1)
    api_keys_file: FilePath = Field(validation_alias="API_KEYS_FILE")
    log_level: Annotated[LogLevel, BeforeValidator(str.lower)] = Field("info", validation_alias="LOG_LEVEL")


class DatabaseSettings(BaseSettings):
    """All that a migration needs."""

    database_url: str = Field(validation_alias="DATABASE_URL", min_length=1)


class ConsumerSettings(DatabaseSettings, KafkaSettings):
    """Of every service that reads topics into its own tables."""

    kafka_session_seconds: float = Field(
        SESSION_SECONDS,
        validation_alias="KAFKA_SESSION_SECONDS",
        ge=6,
        le=1800,
        description="How long a consumer that was killed keeps its partitions.",
    )


def load_settings(kind: type[S]) -> S:
    """The settings from the environment. Raises Stuck naming every variable that is missing or wrong, never a value."""
    try:
        return kind()
    except ValidationError as error:
        prefix = str(kind.model_config.get("env_prefix", ""))
        complaints = []
        for item in error.errors(include_input=False, include_url=False):
            name = str(item["loc"][0]) if item["loc"] else "settings"
            variable = name if name.isupper() else f"{prefix}{name}".upper()
            complaints.append(f"{variable} is missing" if item["type"] == "missing" else f"{variable} {_words(item)}")
        raise Stuck("configuration: " + "; ".join(complaints)) from error


def variables(kind: type[BaseSettings]) -> dict[str, FieldInfo]:
    """The environment variables that ``kind`` reads."""
    prefix = str(kind.model_config.get("env_prefix", ""))
    return {
        str(field.validation_alias or f"{prefix}{name}".upper()): field for name, field in kind.model_fields.items()
    }


def _words(item: ErrorDetails) -> str:
    said = predicate(item["msg"].removeprefix("Value error, "))
    return said if said[:2].isupper() else said[:1].lower() + said[1:]
