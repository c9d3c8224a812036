"""Profile-sync's own settings, from the environment, beside those every consumer has."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from events.problems import Invalid
from events.runtime.configuration import ConsumerSettings
from events.runtime.errors import Stuck
from events.runtime.named_secret import Sendable
from events.runtime.retention import AuditDays, KeptDays, kept
from profile_sync import crm_file
from profile_sync.core.extract.structured import NO_ANSWERS, AnswerMap
from profile_sync.core.templates import UrlTemplate
from profile_sync.crm_file import CrmPlan
from profile_sync.crms.access_file import Bearer, NoAccess
from profile_sync.crms.port import Layout

PREFIX = "PROFILE_SYNC_"


def _simple(name: str) -> str:
    if name != "rest":
        raise ValueError(f"must be rest: other CRMs are set up in {PREFIX}CRM_FILE")
    return name


class Settings(ConsumerSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    host: str = Field("127.0.0.1", description="where it listens; `0.0.0.0` for every address")
    port: int = Field(8083, ge=0, le=65535, description="where it listens")
    crm: Annotated[str, AfterValidator(_simple)] | None = Field(
        None, description="without a file: `rest` is all it may be, and what it is"
    )
    crm_url: Annotated[str, AfterValidator(lambda text: UrlTemplate.parse(text).text)] | None = Field(
        None,
        description="required without a file: such as `https://crm.example/profiles/{customer_id}`; "
        "`{tenant}` too; https unless on this machine",
    )
    crm_token: Sendable | None = Field(None, description="sent as a bearer token")
    crm_file: Path | None = Field(
        None,
        validate_default=True,
        description="YAML: which CRM, how to get in, where our fields are; see [CRMs](crms.md). Then none"
        " of `PROFILE_SYNC_CRM`, `_CRM_URL`, `_CRM_TOKEN`",
    )
    crm_timeout_seconds: float = Field(
        10.0, gt=0, le=30, description="for one call to the CRM, token and second try included"
    )
    answers_file: Path | None = Field(None, description="YAML: which structured answers of a survey state a preference")
    sure_from: float = Field(
        0.8,
        gt=0,
        le=1,
        description="from this confidence on (0 to 1) a preference found in free text needs nobody's "
        "word; below it is proposed",
    )
    parallel: int = Field(8, ge=1, le=64, description="how many customers are pushed at once")
    reconcile_hours: float = Field(
        24.0, ge=0, le=2400, description="how often every tenant's CRM is reconciled by itself; 0: never"
    )
    recheck_seconds: float = Field(
        3600.0, ge=1, description="how often a field that a person holds in the CRM is looked at again"
    )
    notes_days: KeptDays = Field(730, description="How long a note that no longer holds is kept; 0: for ever.")
    audit_days: AuditDays = Field(1095, description="How long the audit log is kept; 0: for ever.")

    @field_validator("crm_file")
    @classmethod
    def _one_place(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        """What is wrong is not in ``info.data``, and has its complaint already."""
        simple = [name for name in ("crm", "crm_url", "crm_token") if info.data.get(name) is not None]
        if path is None:
            if "crm_url" in info.data and info.data["crm_url"] is None:
                raise ValueError(f"is missing, and so is {PREFIX}CRM_URL: one of them says where the CRM is")
        elif simple:
            raise ValueError(f"says it all: take away {', '.join(f'{PREFIX}{name}'.upper() for name in simple)}")
        else:
            crm_file.read(path)
        return path

    def kept(self) -> dict[str, timedelta | None]:
        """How long what is kept; None: for ever."""
        return {"notes": kept(self.notes_days), "audit": kept(self.audit_days)}

    def crm_plan(self) -> CrmPlan:
        """The CRM and how we get in. Raises ValueError."""
        if self.crm_file is not None:
            return crm_file.read(self.crm_file)
        access = NoAccess() if self.crm_token is None else Bearer.model_construct(kind="bearer", token=self.crm_token)
        return CrmPlan("rest", Layout(self.crm_url or "", prefix=""), access)

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
