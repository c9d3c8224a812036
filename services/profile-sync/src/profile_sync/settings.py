"""Profile-sync's own settings, from the environment, beside those every consumer has."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from events.problems import Invalid
from events.runtime.configuration import ConsumerSettings
from events.runtime.errors import Stuck
from profile_sync.core.extract.structured import NO_ANSWERS, AnswerMap
from profile_sync.core.templates import UrlTemplate
from profile_sync.crms import CRMS
from profile_sync.crms.auth import Auth, Fixed
from profile_sync.crms.port import Layout

PREFIX = "PROFILE_SYNC_"


def _known(name: str) -> str:
    if name not in CRMS:
        raise ValueError(f"must be one of {', '.join(CRMS)}")
    return name


class Settings(ConsumerSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(8083, ge=0, le=65535)
    crm: Annotated[str, AfterValidator(_known)] = "rest"
    crm_url: Annotated[str, AfterValidator(lambda text: UrlTemplate.parse(text).text)]
    crm_token: SecretStr | None = None
    crm_timeout_seconds: float = Field(10.0, gt=0, le=30)
    answers_file: Path | None = Field(None, description="Which structured answers state a preference: a YAML mapping.")
    parallel: int = Field(8, ge=1, le=64, description="How many customers are pushed at once.")
    recheck_seconds: float = Field(3600.0, ge=1, description="How often a field that a human holds is looked at again.")

    @property
    def layout(self) -> Layout:
        return Layout(self.crm_url)

    @property
    def auth(self) -> Auth:
        return Fixed() if self.crm_token is None else Fixed.bearer(self.crm_token)

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
