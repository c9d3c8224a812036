"""From the sources file to a snapshot, or to every complaint at once."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from events.problems import Invalid
from events.runtime import plain_yaml
from ingest.core.source import Source
from ingest.sources import complaints, rules
from ingest.sources.complaints import Unusable
from ingest.sources.secret_files import NoSecret, ReadSecret
from ingest.sources.snapshot import Configured, Sources, schemes
from ingest.vendors.registry import BY_NAME
from ingest.vendors.vendor import Vendor

_PUBLIC_URL = re.compile(r"https?://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9._~%-]+)*")
_NAME = re.compile(r"[a-z0-9-]{1,63}")
_KNOWN = ("public_url", "sources")


@dataclass(frozen=True, slots=True)
class House:
    """What a sources file is read against.

    Attributes:
        secrets: reads a secret by its name.
        database: whether there is one.
    """

    secrets: ReadSecret
    database: bool
    vendors: Mapping[str, Vendor]


def load(path: Path, secrets: ReadSecret, *, database: bool, vendors: Mapping[str, Vendor] = BY_NAME) -> Sources:
    """Raises Unusable."""
    try:
        document = plain_yaml.load(path)
    except OSError as error:
        raise Unusable([f"{path.name} cannot be read: {type(error).__name__}"]) from error
    except Invalid as error:
        raise Unusable([f"{path.name} {error.problems[0].message}"]) from error
    return read(document, secrets, database=database, vendors=vendors)


def read(document: Any, secrets: ReadSecret, *, database: bool, vendors: Mapping[str, Vendor] = BY_NAME) -> Sources:
    """The snapshot that a parsed file describes. Raises Unusable with every complaint."""
    public_url, entries, said = _outline(document)
    house = House(secrets, database, vendors)
    found: list[Configured] = []
    parsed: list[tuple[str, Source]] = []
    places = [f"sources[{number}] {_name_of(entry)}".strip() for number, entry in enumerate(entries)]
    for place, entry in zip(places, entries, strict=True):
        source, configured, wrong = _entry(entry, house, public_url)
        said += [f"{place}: {sentence}" for sentence in wrong]
        parsed += [(place, source)] if source else []
        found += [configured] if configured else []
    names = [_name_of(entry) for entry in entries]
    said += rules.names_taken((place, name) for place, name in zip(places, names, strict=True) if name)
    said += rules.voices_taken(parsed)
    if said:
        raise Unusable(said)
    return Sources(found, public_url)


def _outline(document: Any) -> tuple[str | None, list[Any], list[str]]:
    """The public URL, the entries, and what is wrong around them."""
    if not isinstance(document, dict):
        return None, [], ["the file must be a mapping with the key sources"]
    said = [f"{_shown(key)} is not a field we know" for key in document if key not in _KNOWN]
    entries = document.get("sources")
    if not isinstance(entries, list | None):
        said.append("sources must be a list")
    url = document.get("public_url")
    if url is not None and not (isinstance(url, str) and _PUBLIC_URL.fullmatch(url)):
        said.append("public_url must be https:// and a host, perhaps a path, without a slash at its end")
    return url, entries if isinstance(entries, list) else [], said


def _entry(entry: Any, house: House, public_url: str | None) -> tuple[Source | None, Configured | None, list[str]]:
    """The source as far as it could be read, all of it where nothing is wrong, and what is wrong."""
    vendor, said = _vendor(entry, house.vendors)
    try:
        source = Source.model_validate(entry)
    except ValidationError as error:
        return None, None, said + complaints.of(error, entry)
    if vendor is None:
        return source, None, said
    said += rules.of_vendor(source, vendor, public_url=public_url, database=house.database)
    options, wrong = _options(source, vendor)
    secrets, unread = _secrets([(f"secrets[{n}]", name) for n, name in enumerate(source.secrets)], house.secrets)
    token, no_token = _secrets([("api.token", source.api.token)] if source.api else [], house.secrets)
    said += wrong + unread + no_token
    if not said:
        said += _misshapen(source, vendor, secrets)
    whole = source.model_copy(update={"options": options})
    return source, None if said else Configured(whole, vendor, secrets, token[0] if token else None), said


def _vendor(entry: Any, vendors: Mapping[str, Vendor]) -> tuple[Vendor | None, list[str]]:
    name = entry.get("vendor") if isinstance(entry, dict) else None
    if not isinstance(name, str):  # the model will say it
        return None, []
    if name not in vendors:
        return None, [f"vendor must be one of {', '.join(sorted(vendors))}"]
    return vendors[name], []


def _options(source: Source, vendor: Vendor) -> tuple[Any, list[str]]:
    given = {} if source.options is None else source.options
    try:
        return vendor.options.model_validate(given), []
    except ValidationError as error:
        return None, complaints.of(error, given, under="options")


def _secrets(named: Iterable[tuple[str, str]], read: ReadSecret) -> tuple[tuple[SecretStr, ...], list[str]]:
    found: list[SecretStr] = []
    said = []
    for place, name in named:
        try:
            found.append(read(name))
        except NoSecret as error:
            said.append(f"{place} {error}")
    return tuple(found), said


def _misshapen(source: Source, vendor: Vendor, secrets: Iterable[SecretStr]) -> list[str]:
    """Secrets that stand for no key in a scheme that uses them: nothing would ever be genuine by them."""
    return [
        f"secrets[{number}] is not a secret as this scheme writes it: whsec_ and base64"
        for number, secret in enumerate(secrets)
        if not all(scheme.key(secret.get_secret_value()) for scheme in schemes(source, vendor).values())
    ]


def _name_of(entry: Any) -> str:
    name = entry.get("name") if isinstance(entry, dict) else None
    return name if isinstance(name, str) and _NAME.fullmatch(name) else ""


def _shown(key: Any) -> str:
    return key if isinstance(key, str) and _NAME.fullmatch(key.lower().replace("_", "-")) else "a key of the file"
