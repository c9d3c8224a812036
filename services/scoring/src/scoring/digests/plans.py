"""The digests file."""

from pathlib import Path

from pydantic import ValidationError

from events.problems import Invalid, Problem, from_validation_error
from events.runtime import plain_yaml
from events.runtime.apprise_post import url_complaint
from scoring.core.digest.plan import Plans


def load(path: Path | None) -> Plans:
    """What a YAML file asks for; nothing without one. Raises ValueError with every complaint, never with a URL."""
    if path is None:
        return Plans()
    try:
        return read(path.read_bytes())
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read: {type(error).__name__}") from error
    except Invalid as error:
        raise ValueError(f"{path.name}: {error}") from error


def read(content: bytes) -> Plans:
    """The same, of its content. Raises Invalid."""
    document = plain_yaml.loads(content)
    try:
        plans = Plans.model_validate({} if document is None else document)
    except ValidationError as error:
        raise from_validation_error(error, document) from error
    complaints = [
        Problem(f"/destinations/{name}", "url", complaint)
        for name, url in plans.destinations.items()
        if (complaint := url_complaint(url.get_secret_value()))
    ]
    if complaints:
        raise Invalid(complaints)
    return plans
