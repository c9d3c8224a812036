"""The rules file: what an organisation may set about its rules, for everybody and for some.

The defaults: every answer and mention of the dissatisfied class, words of complaint or law, and broken
promises to call.
"""

from datetime import timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from alerting.core.rules import RULES
from alerting.core.rules.rule import Reads, Rule, RuleSettings, Scope, Surroundings

if TYPE_CHECKING:
    SettingsOfRules = BaseModel
else:
    SettingsOfRules = create_model(
        "SettingsOfRules",
        __config__=ConfigDict(frozen=True, extra="forbid"),
        **{rule.name: (rule.settings, Field(default_factory=rule.settings)) for rule in RULES},
    )


class Override(Scope):
    """Other settings where all of the names fit. What it does not set is as without it; the last override wins."""

    rules: SettingsOfRules = Field(default_factory=SettingsOfRules)

    @model_validator(mode="after")
    def _for_somebody(self) -> "Override":
        if not self.named:
            raise ValueError("needs teams, channels or tiers: for everybody, set it under rules")
        return self


class Policy(BaseModel):
    """Attributes:
    fresh_minutes: what is older opens no case. See ``freshness``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fresh_minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] = 60
    rules: SettingsOfRules = Field(default_factory=SettingsOfRules)
    overrides: Annotated[tuple[Override, ...], Field(max_length=200)] = ()

    @property
    def fresh_for(self) -> timedelta:
        return timedelta(minutes=self.fresh_minutes)

    def active(self, reads: Reads, where: Surroundings) -> tuple[tuple[Rule, Any], ...]:
        """The rules that apply there, with their settings, the most telling first."""
        found: tuple[tuple[Rule, Any], ...] = self._active(reads, where)
        return found

    def settings(self, rule: Rule, where: Surroundings) -> Any:
        """Of one rule, whether it applies there or not."""
        found: RuleSettings = getattr(self.rules, rule.name)
        for override in self.overrides:
            if override.covers(where):
                found = _overridden(found, override, rule)
        return found

    def variants(self, rule: Rule) -> list[Any]:
        """The settings of a rule for everybody, and with each override."""
        found: RuleSettings = getattr(self.rules, rule.name)
        return [found, *(_overridden(found, override, rule) for override in self.overrides)]

    def anywhere(self, reads: Reads) -> tuple[Rule, ...]:
        """The rules that apply to somebody."""
        return tuple(rule for rule in RULES if reads in rule.reads and any(one.enabled for one in self.variants(rule)))

    @cached_property
    def tells_apart(self) -> bool:
        """Whether it matters to an answer where it was given."""
        of_answers = [rule.name for rule in RULES if rule.reads & {"survey", "mention"}]
        named = any(getattr(self.rules, name).named for name in of_answers)
        return named or any(
            getattr(each.rules, name).model_fields_set for each in self.overrides for name in of_answers
        )

    @cached_property
    def _active(self) -> Any:
        def active(reads: Reads, where: Surroundings) -> tuple[tuple[Rule, Any], ...]:
            pairs = [(rule, self.settings(rule, where)) for rule in RULES if reads in rule.reads]
            return tuple((rule, one) for rule, one in pairs if one.enabled and one.covers(where))

        return lru_cache(10_000)(active)


def _overridden(found: RuleSettings, override: Override, rule: Rule) -> RuleSettings:
    given: RuleSettings = getattr(override.rules, rule.name)
    return found.model_copy(update={name: getattr(given, name) for name in given.model_fields_set})
