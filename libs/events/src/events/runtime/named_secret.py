"""Secrets that a file names and never holds: ``{env: NAME}`` or ``{file: PATH}``, read when the file is."""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    file: Path | None = None


def _read(said: Any) -> str:
    if not isinstance(said, dict):
        raise ValueError("must say where the secret is kept: {env: NAME} or {file: PATH}")
    kept = _Kept.model_validate(said)
    if (kept.env is None) == (kept.file is None):
        raise ValueError("must name one place: {env: NAME} or {file: PATH}")
    if kept.file is None:
        return os.environ.get(kept.env or "", "")
    try:
        return kept.file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"names a file that cannot be read: {type(error).__name__}") from error


def _present(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value():
        raise ValueError("names a place that is empty or not set")
    return secret


def _sendable(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not (value.isascii() and value.isprintable()):
        raise ValueError("must be one line of plain ASCII")
    return secret


Sendable = Annotated[SecretStr, AfterValidator(_sendable)]
"""One that goes into a header."""
Secret = Annotated[SecretStr, BeforeValidator(_read), AfterValidator(_present)]
"""A field whose value says where the secret is kept."""
SendableSecret = Annotated[SecretStr, BeforeValidator(_read), AfterValidator(_present), AfterValidator(_sendable)]
"""The same, of one that goes into a header."""
