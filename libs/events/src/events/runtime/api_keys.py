"""API keys: ``amk_<id>_<secret>``. Only the SHA-256 is kept; a key is bound to a tenant, sources and scopes."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from events.envelope import DEFAULT_TENANT
from events.problems import Invalid, from_validation_error
from events.runtime import plain_yaml
from events.runtime.errors import Stuck
from events.vocabulary import Identifier, Instant, Source

Scope = Literal[
    "events:write", "metrics:read", "alerts:read", "alerts:act", "preferences:read", "preferences:act", "erasure:write"
]  # fmt: skip
SCOPES: tuple[Scope, ...] = get_args(Scope)

_KEY = re.compile(r"amk_([a-z0-9]{8})_([A-Za-z0-9_-]{43})", re.ASCII)


class ApiKey(BaseModel):
    """One key as kept.

    Attributes:
        sources: which event sources it may speak for; empty means any of its tenant.
        expires_at: from this moment on it opens nothing; None means never.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9]{8}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    tenant: Identifier = DEFAULT_TENANT
    sources: tuple[Source, ...] = ()
    scopes: tuple[Scope, ...]
    note: str = ""
    expires_at: Instant | None = None

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


def new_key(
    scopes: tuple[Scope, ...],
    *,
    tenant: str = DEFAULT_TENANT,
    sources: tuple[str, ...] = (),
    note: str = "",
    expires_at: datetime | None = None,
) -> NewKey:
    id_ = base64.b32encode(secrets.token_bytes(5)).decode().lower()
    secret = f"amk_{id_}_{secrets.token_urlsafe(32)}"
    kept = ApiKey(
        id=id_,
        sha256=_hash(secret),
        tenant=tenant,
        sources=sources,
        scopes=scopes,
        note=note,
        expires_at=expires_at,
    )
    return NewKey(secret, kept)


def utc_now() -> datetime:
    return datetime.now(UTC)


FILE = "file"
"""The origin of the keys that stand in API_KEYS_FILE."""


class Keyring:
    """The keys a service accepts: those of its file, and perhaps others, each origin replaced whole."""

    def __init__(self, keys: Iterable[ApiKey], *, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._used: set[str] = set()
        self._origins: dict[str, tuple[ApiKey, ...]] = {}
        self._keys: dict[str, ApiKey] = {}
        self.replace(keys)

    @classmethod
    def load(cls, path: Path) -> "Keyring":
        """Read a YAML file ``keys: [...]``. Raises Stuck with every complaint, so that it is seen at start."""
        return cls(read_keys(path))

    def replace(self, keys: Iterable[ApiKey], *, origin: str = FILE) -> None:
        """From now on these are the keys of ``origin``. Where two origins have one id, the first origin counts."""
        self._origins[origin] = tuple(keys)
        self._keys = {key.id: key for keys in reversed(self._origins.values()) for key in keys}

    def find(self, authorization: str | None) -> ApiKey | None:
        """The key in an ``Authorization: Bearer …`` header, or None, as for one that has expired.

        The work is the same for every well-formed key.
        """
        scheme, _, secret = (authorization or "").partition(" ")
        secret = secret.strip()
        match = _KEY.fullmatch(secret)
        if match is None or scheme.lower() != "bearer":
            return None
        key = self._keys.get(match[1], _NOBODYS)
        fits = hmac.compare_digest(key.sha256, _hash(secret))
        if not fits or (key.expires_at or _NEVER) <= self._clock():
            return None
        self._used.add(key.id)
        return key

    def sources(self) -> set[str]:
        """Every source that one of the keys is bound to."""
        return {source for key in self._keys.values() for source in key.sources}

    def used(self) -> set[str]:
        """The ids of the keys that opened something since this was last asked."""
        found, self._used = self._used, set()
        return found


_NEVER = datetime.max.replace(tzinfo=UTC)
_NOBODYS = ApiKey(id="nobodys0", sha256="0" * 64, scopes=())
"""Compared with what opens nothing: no text is known whose SHA-256 is zero."""


def read_keys(path: Path) -> tuple[ApiKey, ...]:
    """The keys in a YAML file ``keys: [...]``. Raises Stuck with every complaint."""
    try:
        document = plain_yaml.load(path)
        return tuple(_File.model_validate(document).keys)
    except OSError as error:
        raise Stuck(f"API keys: {path.name} cannot be read: {type(error).__name__}") from error
    except Invalid as error:
        raise Stuck(f"API keys: {path.name} {error.problems[0].message}") from error
    except ValidationError as error:
        raise Stuck(f"API keys: {path.name}: {from_validation_error(error, document)}") from error


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def dump(keys: tuple[ApiKey, ...]) -> str:
    """The YAML that ``Keyring.load`` reads."""
    kept = [key.model_dump(mode="json", exclude_none=True) for key in keys]
    return yaml.safe_dump({"keys": kept}, sort_keys=False)
