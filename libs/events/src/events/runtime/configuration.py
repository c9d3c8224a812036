"""Settings every service has, and reading them: every complaint at once, in the operator's words."""

import os
from collections.abc import Container, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from events.problems import predicate
from events.runtime.errors import Stuck
from events.runtime.kafka import SESSION_SECONDS, KafkaAccess

SECRETS_DIR = "SECRETS_DIR"
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


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
        raise ValueError("must be http(s)://host[:port] without a path")
    return f"{parts.scheme}://{parts.netloc}"


PublicUrl = Annotated[str, AfterValidator(_origin)]
"""Where people reach a service; links begin with it."""


class KafkaAccessSettings(BaseSettings):
    """Where Kafka is and how to get in. These names carry no prefix: they are the same for all."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, validate_default=True)

    kafka_bootstrap_servers: str = Field(
        validation_alias="KAFKA_BOOTSTRAP_SERVERS", min_length=1, description="`host:port`, several separated by commas"
    )
    kafka_tls: bool = Field(
        False,
        validation_alias="KAFKA_TLS",
        description="encrypt, and check the brokers' certificates by the system's authorities",
    )
    kafka_ca_file: FilePath | None = Field(
        None, validation_alias="KAFKA_CA_FILE", description="PEM: who may vouch for the brokers; implies TLS"
    )
    kafka_cert_file: FilePath | None = Field(
        None,
        validation_alias="KAFKA_CERT_FILE",
        description="PEM: who we are, for brokers that ask for certificates; with `KAFKA_KEY_FILE`",
    )
    kafka_key_file: FilePath | None = Field(
        None, validation_alias="KAFKA_KEY_FILE", description="PEM: the key of `KAFKA_CERT_FILE`"
    )
    kafka_username: str | None = Field(
        None,
        validation_alias="KAFKA_USERNAME",
        description="who we are, for brokers that ask for a password (SASL); with `KAFKA_PASSWORD`",
    )
    kafka_password: SecretStr | None = Field(
        None, validation_alias="KAFKA_PASSWORD", description="the password of `KAFKA_USERNAME`"
    )
    kafka_sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = Field(
        "SCRAM-SHA-512", validation_alias="KAFKA_SASL_MECHANISM", description="how the password is shown to the brokers"
    )

    @field_validator("kafka_key_file")
    @classmethod
    def _both(cls, key: FilePath | None, info: ValidationInfo) -> FilePath | None:
        if (key is None) != (info.data.get("kafka_cert_file") is None):
            raise ValueError("and KAFKA_CERT_FILE are needed together")
        return key

    @field_validator("kafka_password")
    @classmethod
    def _with_name(cls, password: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if (password is None) != (info.data.get("kafka_username") is None):
            raise ValueError("and KAFKA_USERNAME are needed together")
        return password

    @property
    def kafka(self) -> KafkaAccess:
        return KafkaAccess(
            self.kafka_bootstrap_servers,
            self.kafka_tls,
            self.kafka_ca_file,
            self.kafka_cert_file,
            self.kafka_key_file,
            self.kafka_username,
            self.kafka_password.get_secret_value() if self.kafka_password else None,
            self.kafka_sasl_mechanism,
            secret_file("KAFKA_PASSWORD"),
        )


class KafkaSettings(KafkaAccessSettings):
    """Of every service."""

    api_keys_file: FilePath = Field(
        validation_alias="API_KEYS_FILE",
        description="the keys that are accepted, see [below](#api-keys); read again when it changes",
    )
    log_level: Annotated[LogLevel, BeforeValidator(str.lower)] = Field(
        "info",
        validation_alias="LOG_LEVEL",
        description="JSON lines on standard error, plain ones on a terminal and where a library warns",
    )


class DatabaseSettings(BaseSettings):
    """All that a migration needs."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True)

    database_url: str = Field(
        validation_alias="DATABASE_URL",
        min_length=1,
        description="`postgresql://user@host:5432/database`; each service has a schema of its own name in it",
    )


class ConsumerSettings(DatabaseSettings, KafkaSettings):
    """Of every service that reads topics into its own tables."""

    kafka_session_seconds: float = Field(
        SESSION_SECONDS,
        validation_alias="KAFKA_SESSION_SECONDS",
        ge=6,
        le=1800,
        description="how long a consumer that was killed keeps its partitions; lower means a faster "
        "takeover, and more rebalances under load",
    )


def load_settings(kind: type[S], **given: Any) -> S:
    """The settings from the environment and, for any variable, a file of its name in the folder ``SECRETS_DIR``.

    Raises Stuck naming every variable that is missing or wrong, never a value. What is ``given``, by the names of
    variables, goes first, then the environment.
    """
    folder = os.environ.get(SECRETS_DIR) or None
    if folder is not None and not (os.access(folder, os.R_OK | os.X_OK) and Path(folder).is_dir()):
        raise Stuck(f"configuration: {SECRETS_DIR} is no folder that can be read")
    try:
        return kind(_secrets_dir=folder, **given)
    except SettingsError:
        complaints = list(_unreadable(Path(folder), variables(kind))) if folder else []
        raise Stuck("configuration: " + ("; ".join(complaints) or "a value cannot be read")) from None
    except ValidationError as error:
        # Of what was said pydantic gives the variable, of a default the field.
        named = dict(zip(kind.model_fields, variables(kind), strict=True))
        complaints = []
        for item in error.errors(include_input=False, include_url=False):
            name = str(item["loc"][0]) if item["loc"] else "settings"
            variable = named.get(name, name.upper())
            complaints.append(f"{variable} is missing" if item["type"] == "missing" else f"{variable} {_words(item)}")
        raise Stuck("configuration: " + "; ".join(complaints)) from error


def secret_file(variable: str) -> Path | None:
    """Where in SECRETS_DIR ``variable`` stands; None where the environment says it, or nobody does."""
    folder = os.environ.get(SECRETS_DIR)
    path = Path(folder, variable) if folder and not os.environ.get(variable) else None
    return path if path and path.is_file() else None


def variables(kind: type[BaseSettings]) -> dict[str, FieldInfo]:
    """The environment variables that ``kind`` reads."""
    prefix = str(kind.model_config.get("env_prefix", ""))
    return {
        str(field.validation_alias or f"{prefix}{name}".upper()): field for name, field in kind.model_fields.items()
    }


def _unreadable(folder: Path, names: Container[str]) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        try:
            if path.name.upper() in names:
                path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            yield f"{path.name} in {SECRETS_DIR} cannot be read: {type(error).__name__}"


def _words(item: ErrorDetails) -> str:
    said = predicate(item["msg"].removeprefix("Value error, "))
    return said if said[:2].isupper() else said[:1].lower() + said[1:]
