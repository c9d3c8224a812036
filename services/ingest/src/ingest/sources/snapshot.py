"""All sources at one moment: what a request is held against. Immutable: a reload makes another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType

from pydantic import SecretStr

from events.runtime.api_keys import ApiKey
from ingest.core.formats import Format
from ingest.core.signatures import Signature, Verdict, verify
from ingest.core.signing_input import BodyHashInUrl, Signed, Url
from ingest.core.signing_schemes import SCHEMES
from ingest.core.source import Source
from ingest.vendors.vendor import Vendor

HOOKS = "/v1/webhooks"


def path(name: str) -> str:
    """Where the source of this name posts to."""
    return f"{HOOKS}/{name}"


class Proof(StrEnum):
    """How a source proves that it is the one."""

    SIGNATURE = "signature"
    KEY = "API key"
    ADDRESS = "address"


def schemes(source: Source, vendor: Vendor) -> Mapping[Format, Signature]:
    """The signing scheme for each format that comes signed."""
    if source.signature is None:
        return vendor.signatures
    return MappingProxyType(dict.fromkeys(vendor.formats, SCHEMES[source.signature]))


def proof(source: Source, vendor: Vendor) -> Proof:
    if schemes(source, vendor):
        return Proof.SIGNATURE
    return Proof.ADDRESS if vendor.by_address else Proof.KEY


def signs_url(signatures: Mapping[Format, Signature]) -> bool:
    return any(isinstance(part, Url | BodyHashInUrl) for scheme in signatures.values() for part in scheme.over)


@dataclass(frozen=True)
class Configured:
    """A source, its adapter and its secrets. ``source.options`` is what the adapter's own model made of it.

    Attributes:
        secrets: any of them may have signed.
        token: for the vendor's API, where something is to be fetched.
    """

    source: Source
    vendor: Vendor
    secrets: tuple[SecretStr, ...] = ()
    token: SecretStr | None = None

    @cached_property
    def signatures(self) -> Mapping[Format, Signature]:
        return schemes(self.source, self.vendor)

    @cached_property
    def proof(self) -> Proof:
        return proof(self.source, self.vendor)

    @cached_property
    def _revealed(self) -> tuple[str, ...]:
        return tuple(secret.get_secret_value() for secret in self.secrets)

    def verify(self, format_: Format, request: Signed, now: datetime) -> Verdict:
        """Whether the request is signed by one of the secrets. A format that is never signed is never genuine."""
        scheme = self.signatures.get(format_)
        return Verdict.NO_SIGNATURE if scheme is None else verify(scheme, request, self._revealed, now)

    def admits(self, key: ApiKey) -> bool:
        """Whether the key may post as this source."""
        return key.tenant == self.source.tenant and all(map(key.may_speak_for, self.source.voices))


class Sources:
    """Every configured source, by name. ``public_url``: where senders reach us, without a slash at its end."""

    def __init__(self, configured: Iterable[Configured] = (), public_url: str | None = None) -> None:
        self._by_name = MappingProxyType({one.source.name: one for one in configured})
        self.public_url = public_url

    def find(self, name: str) -> Configured | None:
        return self._by_name.get(name)

    def all(self) -> tuple[Configured, ...]:
        """In the order of the file."""
        return tuple(self._by_name.values())

    def url(self, name: str) -> str | None:
        """What the source's system is told to call; None where the file doesn't say how we are reached."""
        return None if self.public_url is None else self.public_url + path(name)
