"""Secrets of the on-call file: named there, never written there."""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr


class _Kept(BaseModel):
    """``{env: NAME}`` or ``{file: PATH}``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    file: Path | None = None


def _read(said: Any) -> str:
    if not isinstance(said, dict):
        raise ValueError("must say where the secret is kept: {env: NAME} or {file: PATH}")
    kept = _Kept.model_validate(said)
    if (kept.env is None) == (kept.file is None):
        raise ValueError("must name one place: {env: NAME} or {file: PATH}")
    if kept.env is not None:
        return os.environ.get(kept.env, "")
    try:
        return kept.file.read_text().strip() if kept.file else ""
    except OSError as error:
        raise ValueError(f"names a file that cannot be read: {type(error).__name__}") from error


def _present(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value():
        raise ValueError("names a place that is empty or not set")
    return secret


Secret = Annotated[SecretStr, BeforeValidator(_read), AfterValidator(_present)]
"""A field of a channel's options that holds a secret."""
