"""API keys: ``amk_<id>_<secret>``. Only the SHA-256 is kept; a key is bound to a tenant, sources and scopes."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from events.envelope import DEFAULT_TENANT
from events.problems import Invalid, from_validation_error
from events.runtime import plain_yaml
from events.runtime.errors import Stuck
from events.vocabulary import Identifier, Source

Scope = Literal["events:write", "metrics:read", "alerts:read", "alerts:act", "preferences:read"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

_KEY = re.compile(r"amk_([a-z0-9]{8})_([A-Za-z0-9_-]{43})", re.ASCII)


class ApiKey(BaseModel):
    """One key as kept. ``sources``: which event sources it may speak for; empty means any of its tenant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9]{8}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    tenant: Identifier = DEFAULT_TENANT
    sources: tuple[Source, ...] = ()
    scopes: tuple[Scope, ...]
    note: str = ""

    def may_speak_for(self, source: str) -> bool:
        return not self.sources or source in self.sources


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    keys: list[ApiKey]

    @field_validator("keys")
    @classmethod
    def _each_once(cls, keys: list[ApiKey]) -> list[ApiKey]:
        if len({key.id for key in keys}) != len(keys):
            raise ValueError("has an id twice: which of the two would be meant?")
        return keys


@dataclass(frozen=True, slots=True)
class NewKey:
    """A fresh key: ``secret`` is shown once, ``kept`` goes into the file."""

    secret: str
    kept: ApiKey


def new_key(scopes: tuple[Scope, ...], *, tenant: str = DEFAULT_TENANT, sources: tuple[str, ...] = ()) -> NewKey:
    id_ = base64.b32encode(secrets.token_bytes(5)).decode().lower()
    secret = f"amk_{id_}_{secrets.token_urlsafe(32)}"
    return NewKey(secret, ApiKey(id=id_, sha256=_hash(secret), tenant=tenant, sources=sources, scopes=scopes))


class Keyring:
    """The keys a service accepts."""

    def __init__(self, keys: tuple[ApiKey, ...]) -> None:
        self._keys = {key.id: key for key in keys}

    @classmethod
    def load(cls, path: Path) -> "Keyring":
        """Read a YAML file ``keys: [...]``. Raises Stuck with every complaint, so that it is seen at start."""
        try:
            document = plain_yaml.load(path)
            return cls(tuple(_File.model_validate(document).keys))
        except OSError as error:
            raise Stuck(f"API keys: {path.name} cannot be read: {type(error).__name__}") from error
        except Invalid as error:
            raise Stuck(f"API keys: {path.name} {error.problems[0].message}") from error
        except ValidationError as error:
            raise Stuck(f"API keys: {path.name}: {from_validation_error(error, document)}") from error

    def find(self, authorization: str | None) -> ApiKey | None:
        """The key in an ``Authorization: Bearer …`` header, or None. The work is the same for every well-formed key."""
        scheme, _, secret = (authorization or "").partition(" ")
        match = _KEY.fullmatch(secret.strip())
        if scheme.lower() != "bearer" or match is None:
            return None
        key = self._keys.get(match[1])
        expected = key.sha256 if key else "0" * 64
        return key if hmac.compare_digest(expected, _hash(secret.strip())) and key else None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def dump(keys: tuple[ApiKey, ...]) -> str:
    """The YAML that ``Keyring.load`` reads."""
    return yaml.safe_dump({"keys": [key.model_dump(mode="json") for key in keys]}, sort_keys=False)
