"""Alerting's settings, from the environment. See docs/configuration.md."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from alerting import oncall_file, rules_file
from alerting.channels import quick_start, webhook
from alerting.channels.http import url_complaint as http_complaint
from alerting.channels.port import Channel
from alerting.core.rules.policy import Policy
from alerting.desk_settings import DeskSettings
from alerting.oncall_file import Plan
from events.hours.zones import ZoneName
from events.runtime.apprise_post import url_complaint
from events.runtime.configuration import ConsumerSettings, PublicUrl
from events.runtime.retention import AuditDays, KeptDays, kept


class Settings(DeskSettings, ConsumerSettings):
    """Names without alias carry the prefix ALERTING_. An empty variable is as good as none."""

    model_config = SettingsConfigDict(env_prefix="ALERTING_", env_ignore_empty=True, frozen=True, validate_default=True)

    host: str = Field("127.0.0.1", description="where it listens; `0.0.0.0` for every address")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(8082, description="where it listens")
    public_url: PublicUrl = Field(
        "http://127.0.0.1:8082", description="where people reach the desk; links in notifications point there"
    )

    rules_file: Path | None = Field(
        None, description="YAML: when a case opens ([rules.md](rules.md)); without it, the defaults"
    )
    oncall_file: Path | None = Field(
        None,
        description="YAML: channels ([channels.md](channels.md)), people, schedules and escalation "
        "([oncall.md](oncall.md)), clocks ([clocks.md](clocks.md)), incidents "
        "([incidents.md](incidents.md))",
    )
    contact_minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] = Field(
        120,
        description="target from opening a case to the first contact with the customer, where the on-call"
        " file has no `clocks`",
    )
    webhook_secret: SecretStr | None = Field(
        None, description="`whsec_` and base64 of at least 24 bytes; needed with the URL"
    )
    webhook_url: SecretStr | None = Field(
        None,
        description="for a start, without an on-call file: told of every case and how it goes on, signed "
        "as Standard Webhooks; https unless on this machine",
    )
    apprise_urls: SecretStr | None = Field(
        None,
        description="for a start: Apprise URLs separated by white space; at most 20 pages and reminders a"
        " minute each, urgent ones up to 60, beyond that in a bundle",
    )

    desk_time_zone: ZoneName = Field("UTC", description="IANA name: in which the desk shows times and begins a day")

    cases_days: KeptDays = Field(
        730, description="How long a closed case and all that belongs to it is kept; 0: for ever."
    )
    facts_days: KeptDays = Field(
        400, description="How long a contact or an answer without a case is kept; 0: for ever."
    )
    audit_days: AuditDays = Field(1095, description="How long the audit log is kept; 0: for ever.")

    @field_validator("webhook_secret")
    @classmethod
    def _signing(cls, secret: SecretStr | None) -> SecretStr | None:
        return _unless(secret, webhook.secret_complaint(secret.get_secret_value()) if secret else None)

    @field_validator("webhook_url")
    @classmethod
    def _receiver(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if url and info.data.get("webhook_secret", "wrong already") is None:
            raise ValueError("needs ALERTING_WEBHOOK_SECRET: unsigned webhooks are not sent")
        return _unless(url, http_complaint(url.get_secret_value()) if url else None)

    @field_validator("apprise_urls")
    @classmethod
    def _services(cls, urls: SecretStr | None) -> SecretStr | None:
        complaints = [
            f"URL {number} {complaint}"
            for number, url in enumerate(_split(urls), start=1)
            if (complaint := url_complaint(url))
        ]
        return _unless(urls, "; ".join(complaints))

    @field_validator("oncall_file")
    @classmethod
    def _whole(cls, path: Path | None) -> Path | None:
        if path is not None:
            oncall_file.read(path)
        return path

    @field_validator("rules_file")
    @classmethod
    def _readable(cls, path: Path | None) -> Path | None:
        rules_file.read(path)
        return path

    def quick_start(self) -> tuple[Channel, ...]:
        """The destinations these variables name; each holds connections until it is closed."""
        return quick_start(
            self.webhook_url.get_secret_value() if self.webhook_url else None,
            self.webhook_secret.get_secret_value() if self.webhook_secret else None,
            _split(self.apprise_urls),
        )

    @property
    def plan(self) -> Plan:
        """What the on-call file says; nothing where there is none."""
        return oncall_file.read(self.oncall_file) if self.oncall_file else Plan()

    def kept(self) -> dict[str, timedelta | None]:
        """How long what is kept; None: for ever."""
        return {name: kept(getattr(self, f"{name}_days")) for name in ("cases", "facts", "audit")}

    @property
    def policy(self) -> Policy:
        return rules_file.read(self.rules_file)


def _split(urls: SecretStr | None) -> list[str]:
    return urls.get_secret_value().split() if urls else []


def _unless(value: SecretStr | None, complaint: str | None) -> SecretStr | None:
    if complaint:
        raise ValueError(complaint)
    return value
