"""Configuration: one object from the environment; every complaint about it comes at once."""

from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from events.problems import Invalid
from events.runtime.errors import Stuck
from profile_sync.core.extract.structured import NO_ANSWERS, AnswerMap
from profile_sync.core.templates import UrlTemplate
from profile_sync.crms import CRMS, Target

PREFIX = "PROFILE_SYNC_"


def _known(name: str) -> str:
    if name not in CRMS:
        raise ValueError(f"must be one of {', '.join(CRMS)}")
    return name


class Settings(BaseSettings):
    """Common settings carry no prefix, our own ``PROFILE_SYNC_``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", hide_input_in_errors=True)

    database_url: Annotated[str, Field(validation_alias="DATABASE_URL")]
    kafka_bootstrap_servers: Annotated[str, Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS")]
    api_keys_file: Annotated[Path, Field(validation_alias="API_KEYS_FILE")]
    log_level: Annotated[str, Field(validation_alias="LOG_LEVEL", pattern="(?i)^(debug|info|warning|error)$")] = "info"

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8083
    crm: Annotated[str, AfterValidator(_known)] = "rest"
    crm_url: Annotated[str, AfterValidator(lambda text: UrlTemplate.parse(text).text)]
    crm_token: SecretStr | None = None
    crm_timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 10.0
    answers_file: Path | None = None
    parallel: Annotated[int, Field(ge=1, le=64)] = 8
    recheck_seconds: Annotated[float, Field(ge=1)] = 3600.0
    """How often a field that a human holds is looked at again."""

    @classmethod
    def load(cls) -> Self:
        """Read the environment. Raises Stuck with every complaint, by the name of the variable."""
        try:
            return cls()
        except ValidationError as error:
            complaints = sorted(f"{_variable(item['loc'])} {_text(item)}" for item in error.errors())
            raise Stuck("configuration: " + "; ".join(complaints)) from None

    @property
    def target(self) -> Target:
        return Target(UrlTemplate.parse(self.crm_url), self.crm_token, self.crm_timeout_seconds)

    def answers(self) -> AnswerMap:
        """The mapping of structured answers. Raises Stuck with every complaint."""
        if self.answers_file is None:
            return NO_ANSWERS
        try:
            document = yaml.load(self.answers_file.read_text(), yaml.BaseLoader)  # noqa: S506  (makes text only)
            return AnswerMap.parse(document)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            name = self.answers_file.name
            raise Stuck(f"{PREFIX}ANSWERS_FILE: {name} cannot be read: {type(error).__name__}") from error
        except Invalid as error:
            raise Stuck(f"{PREFIX}ANSWERS_FILE: {self.answers_file.name}: {error}") from error


def _variable(location: tuple[str | int, ...]) -> str:
    name = str(location[0]).upper() if location else ""
    field = Settings.model_fields.get(name.lower())
    return name if field is None or field.validation_alias else PREFIX + name


def _text(item: object) -> str:
    assert isinstance(item, dict)  # noqa: S101
    return {"missing": "is not set"}.get(item["type"], str(item["msg"]).removeprefix("Value error, ").lower())
