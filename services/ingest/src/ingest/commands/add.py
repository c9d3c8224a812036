"""``source add``: an entry in the sources file, its secret or key, and what to do at the vendor's end."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from ingest.commands import asked, steps
from ingest.commands.console import say
from ingest.commands.place import CommandError, Place, written
from ingest.core.source import Source
from ingest.sources import edit
from ingest.sources.snapshot import Configured, Proof, Sources, proof, schemes
from ingest.store.schema import Owner


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for.

    Attributes:
        entry: fields of the source, as they would stand in the file; without secrets and token.
        api: base URL to fetch from, for a vendor that only announces.
        secret_given, token_given: they come on standard input, a line each, in this order.
        with_key: make an API key where the source needs one.
    """

    entry: dict[str, Any]
    api: str | None = None
    public_url: str | None = None
    secret_given: bool = False
    token_given: bool = False
    with_key: bool = True


@dataclass
class _Draft:
    """An entry in the making, and the secrets that belong to it."""

    entry: dict[str, Any]
    pending: dict[str, SecretStr] = field(default_factory=dict)
    shown: SecretStr | None = None


async def add(place: Place, wish: Wish) -> int:
    """Nothing is written before the whole file, with the entry, is valid. Raises CommandError, Unusable, Unavailable,
    Refused."""
    name = wish.entry["name"]
    document = place.document()
    if any(isinstance(one, dict) and one.get("name") == name for one in document.get("sources") or []):
        raise CommandError(f"{place.file.name} has a source {name} already; amends source rotate gives it a new secret")
    draft = _drafted(place, wish)
    new_url = _new_url(document, wish)
    wanted = {**document, "sources": [*(document.get("sources") or []), draft.entry]}
    if new_url is not None:
        wanted["public_url"] = new_url
    sources = place.sources(wanted, asked.beside(draft.pending, place.secrets))
    configured = sources.find(name)
    assert configured is not None  # noqa: S101  (it stands in the document that was read)
    key = await _key(place, configured) if configured.proof is Proof.KEY and wish.with_key else None
    by_hand = _write(place, draft, new_url)
    _tell(place, draft, configured, sources, key, by_hand)
    return 0


def _new_url(document: dict[str, Any], wish: Wish) -> str | None:
    """The public URL, where the file doesn't say it yet."""
    known = document.get("public_url")
    if known is not None and wish.public_url not in (None, known):
        raise CommandError("the file has another public_url already; change it there, and the URLs at the vendors too")
    return wish.public_url if known is None else None


def _drafted(place: Place, wish: Wish) -> _Draft:
    """The entry with the names of its secrets, where its vendor signs or is fetched from."""
    draft = _Draft(dict(wish.entry))
    name, vendor = wish.entry["name"], place.vendors[wish.entry["vendor"]]
    try:
        bare = Source.model_validate(wish.entry)
        signs = schemes(bare, vendor) if proof(bare, vendor) is Proof.SIGNATURE else {}
    except (ValueError, KeyError):  # reading the whole file will say what is wrong
        return draft
    if signs or wish.secret_given:
        draft.entry["secrets"] = [f"{name}-secret"]
        if wish.secret_given:
            draft.pending[f"{name}-secret"] = _given(place, f"{name}-secret", "signing secret")
        elif not _there(place, f"{name}-secret"):
            draft.shown = asked.made(signs.values())
            if draft.shown is None:
                raise CommandError(f"{vendor.title} shows a secret of its own: give it with --secret-from-stdin")
            draft.pending[f"{name}-secret"] = draft.shown
    if wish.api is not None:
        draft.entry["api"] = {"base_url": wish.api, "token": f"{name}-token"}
        if wish.token_given:
            draft.pending[f"{name}-token"] = _given(place, f"{name}-token", "API token")
        elif not _there(place, f"{name}-token"):
            raise CommandError(f"{vendor.title}'s API wants a token: give it with --token-from-stdin")
    return draft


def _given(place: Place, file: str, what: str) -> SecretStr:
    if _there(place, file):
        raise CommandError(f"the folder of secrets has a file {file} already: leave the {what} out, and it is used")
    return asked.given(what)


def _there(place: Place, name: str) -> bool:
    """A file of that name was put there beforehand."""
    return place.secrets.folder is not None and (place.secrets.folder / name).exists()


async def _key(place: Place, configured: Configured) -> str:
    if not place.database_url:
        raise CommandError(
            f"{configured.vendor.title} signs nothing, so it needs an API key, and DATABASE_URL, where keys are kept,"
            " is not set. With --no-key the source is added without; amends keys new makes one for API_KEYS_FILE"
        )
    owner = Owner(configured.source.tenant, configured.source.name)
    async with place.keys() as keys:
        if any(key.owner == owner for key in await keys.live()):  # they would open again, unnoticed
            raise CommandError(
                f"keys of an earlier source {owner.source} are live: amends source revoke {owner.source}"
            )
        return (await keys.add(owner)).secret


def _write(place: Place, draft: _Draft, new_url: str | None) -> list[str]:
    """Write secrets, then the file that names them. Returns what is left for the operator to do."""
    unwritten = asked.keep(place.secrets, draft.pending)
    left = steps.by_hand(unwritten, draft.shown)
    try:
        text = edit.with_entry(place.text(), draft.entry, public_url=new_url)
    except edit.CannotEdit:
        text = None
    if unwritten or text is None or not written(place.file, text):
        top = f"public_url: {new_url}\n  " if new_url else ""
        entry = edit.rendered(draft.entry).replace("\n", "\n    ").rstrip()
        left.append(f"Add this to {place.file}, which could not be changed:\n  {top}sources:\n    {entry}")
    return left


def _tell(
    place: Place, draft: _Draft, configured: Configured, sources: Sources, key: str | None, by_hand: list[str]
) -> None:
    name, title = configured.source.name, configured.vendor.title
    if by_hand:
        say(f"{name} ({title}) is valid, and not in {place.file.name} yet. What to do:\n")
    else:
        say(f"{name} ({title}) is in {place.file.name}; a running ingest knows it within 5 s. What to do:\n")
    steps.listed([*by_hand, *steps.of_new(configured, sources, draft.shown, key)])
