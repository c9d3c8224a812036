"""Reading the rules file."""

from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from alerting.core.rules.policy import Policy
from events.problems import Invalid, Problem, from_validation_error
from events.runtime import plain_yaml


def read(path: Path | None) -> Policy:
    """The rules in a YAML file; the defaults without one. Raises ValueError with every complaint and its place."""
    if path is None:
        return Policy()
    try:
        document = plain_yaml.load(path)
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read: {type(error).__name__}") from error
    except Invalid as error:
        raise ValueError(f"{path.name} {error.problems[0].message}") from error
    try:
        return Policy.model_validate({} if document is None else document)
    except ValidationError as error:
        problems = [_plain(problem) for problem in from_validation_error(error, document).problems]
        raise ValueError(f"{path.name}: {Invalid(problems)}") from error


def _plain(problem: Problem) -> Problem:
    unknown = problem.code == "extra_forbidden"
    return replace(problem, message="is no rule or setting we know; docs/rules.md lists them") if unknown else problem
