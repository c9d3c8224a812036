"""Events as they are read quickly and carefully, made comparable."""

from datetime import datetime
from typing import Any

import msgspec
from pydantic import BaseModel


def exactly(value: Any) -> Any:
    """A value with its types said: 5 is not 5.0 here, nor True."""
    if isinstance(value, BaseModel):
        return {name: exactly(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, msgspec.Struct):
        tag = type(value).__struct_config__.tag_field
        return {name: exactly(getattr(value, name)) for name in (*value.__struct_fields__, *([tag] if tag else []))}
    if isinstance(value, dict):
        return {name: exactly(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [exactly(item) for item in value]
    return f"{type(value).__name__} {value.isoformat() if isinstance(value, datetime) else value!r}"
