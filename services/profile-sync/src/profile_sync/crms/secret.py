"""Secrets of the CRM file: named there, never written there."""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr


class _Kept(BaseModel):
    """``{env: NAME}`` or ``{file: PATH}``."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    file: Path | None = None


def _read(said: Any) -> str:
    if not isinstance(said, dict) or len(said) != 1:
        raise ValueError("must say where the secret is kept: {env: NAME} or {file: PATH}")
    kept = _Kept.model_validate(said)
    if kept.file is None:
        return os.environ.get(kept.env or "", "")
    try:
        return kept.file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"names a file that cannot be read: {type(error).__name__}") from error


def _usable(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not value:
        raise ValueError("names a place that is empty or not set")
    if not value.isascii() or not value.isprintable():
        raise ValueError("names a place with odd characters in it")
    return secret


Secret = Annotated[SecretStr, BeforeValidator(_read), AfterValidator(_usable)]
"""A word of the file that says where a secret is kept; it is read when the file is."""
