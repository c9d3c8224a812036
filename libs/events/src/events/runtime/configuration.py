"""Reading a service's settings: every complaint at once, in the operator's words."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from events.runtime.errors import Stuck

S = TypeVar("S", bound=BaseModel)


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
            complaints.append(f"{variable} is missing" if item["type"] == "missing" else f"{variable}: {item['msg']}")
        raise Stuck("configuration: " + "; ".join(complaints)) from error
