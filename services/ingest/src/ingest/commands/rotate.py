"""``source rotate`` and ``source revoke``: a new proof beside the old one, then without it."""

from contextlib import suppress
from datetime import timedelta

from pydantic import SecretStr

from ingest.commands import asked, steps
from ingest.commands.console import say
from ingest.commands.place import CommandError, Place, written
from ingest.sources import edit
from ingest.sources.complaints import Unusable
from ingest.sources.snapshot import Configured, Proof, Sources
from ingest.store.keys import Kept
from ingest.store.schema import Owner


async def rotate(place: Place, name: str, *, overlap: timedelta, given: bool, drop_old: bool) -> int:
    """Raises CommandError, Unusable, Unavailable, Refused.

    Args:
        overlap: how long the old API key goes on.
        given: the new signing secret comes on standard input.
        drop_old: no new one, but an end to the old ones.
    """
    configured, sources = place.source(name)
    if configured.proof is Proof.ADDRESS:
        raise CommandError(f"{name} proves itself by its address: there is no secret to rotate")
    if configured.proof is Proof.SIGNATURE:
        return _drop_old(place, configured) if drop_old else _new_secret(place, configured, sources, given=given)
    if given or drop_old:
        raise CommandError(f"{name} has API keys, which are made here; the old one ends by itself, or by revoke")
    owner = Owner(configured.source.tenant, name)
    async with place.keys() as keys:
        made = await keys.rotate(owner, overlap=overlap)
        old = [key for key in await keys.live() if key.owner == owner and key.id != made.kept.id]
    say(f"{name} has a new API key. What to do:\n")
    steps.listed([*steps.proving(configured, None, made.secret), *(_ends(name, key) for key in old)])
    return 0


def _ends(name: str, key: Kept) -> str:
    return (
        f"The key {key.id} opens until {key.expires_at:%Y-%m-%d %H:%M} UTC."
        f" To end it at once: amends source revoke {name} {key.id}"
    )


async def revoke(place: Place, name: str, id_: str | None) -> int:
    """Without a look at the file: also where that is broken, or the source is gone from it.

    Raises CommandError, Unavailable, Refused.
    """
    async with place.keys() as keys:
        live = [key for key in await keys.live() if key.owner.source == name and id_ in (None, key.id)]
        if not live:
            raise CommandError(_nothing_to_revoke(place, name, id_))
        gone = [one for owner in dict.fromkeys(key.owner for key in live) for one in await keys.revoke(owner, id_)]
    say(f"{name}: revoked {', '.join(gone)}. A running ingest refuses what is sent with it within 10 s.")
    return 0


def _nothing_to_revoke(place: Place, name: str, id_: str | None) -> str:
    """Why there was nothing: in an emergency "no such key" must not read like "done"."""
    try:
        found, _ = place.source(name)
    except (CommandError, Unusable) as error:
        return f"nothing was revoked: there is no live key of {name}; {error}"
    if found.proof is Proof.SIGNATURE:
        ends = f"amends source rotate {name}, then amends source rotate {name} --drop-old"
        return f"nothing was revoked: {name} has no keys, it signs; its secret ends by {ends}"
    return f"nothing was revoked: {name} has no live key" + (f" {id_}" if id_ else "")


def _new_secret(place: Place, configured: Configured, sources: Sources, *, given: bool) -> int:
    name = configured.source.name
    if len(configured.source.secrets) > 1:
        raise CommandError(
            f"{name} has {len(configured.source.secrets)} secrets already: once nothing is signed with the old one any"
            f" more, amends source rotate {name} --drop-old"
        )
    number = _number(place, name)
    shown = None if given else asked.made(configured.signatures.values())
    if shown is None and not given:
        raise CommandError(f"{configured.vendor.title} shows a secret of its own: give it with --secret-from-stdin")
    secret = shown or asked.given("new signing secret")
    file = _free(place, configured)
    _valid(place, number, file, secret)
    unwritten = asked.keep(place.secrets, {file: secret})
    left = steps.by_hand(unwritten, shown)
    if unwritten or not _edited(place, number, file):
        left.append(f"In {place.file}, which could not be changed, put {file} first among the secrets of {name}.")
    say(f"{name} takes two secrets from now on. What to do:\n" if not left else f"{name}: what to do:\n")
    at_vendor = f"Set the new secret at {configured.vendor.title}, for {steps.url(sources, name)}"
    done = f"Once nothing is signed with the old one any more: amends source rotate {name} --drop-old"
    steps.listed([*left, *(steps.proving(configured, shown, None) if shown else [at_vendor]), done])
    return 0


def _drop_old(place: Place, configured: Configured) -> int:
    name, (_, *old) = configured.source.name, configured.source.secrets
    if not old:
        raise CommandError(f"{name} has one secret only: rotate first, without --drop-old")
    try:
        text = edit.with_first_secret_only(place.text(), _number(place, name))
    except edit.CannotEdit:
        text = None
    if text is None or not written(place.file, text):
        raise CommandError(f"{place.file} could not be changed: take {', '.join(old)} out of the secrets of {name}")
    for file in set(old) - _named(place):
        if place.secrets.folder is not None:
            with suppress(OSError):
                (place.secrets.folder / file).unlink()
    say(f"{name} takes one secret now: {configured.source.secrets[0]}. A running ingest knows within 5 s.")
    return 0


def _number(place: Place, name: str) -> int:
    return [entry["name"] for entry in place.document()["sources"]].index(name)


def _named(place: Place) -> set[str]:
    """The secrets that some source still names."""
    found = place.sources().all()
    return {name for one in found for name in one.source.secrets} | {
        one.source.api.token for one in found if one.source.api
    }


def _free(place: Place, configured: Configured) -> str:
    """A name for the file of the next secret: that of no file and of no secret in use."""
    taken = {path.name for path in place.secrets.files()} | _named(place)
    stem, number = f"{configured.source.name}-secret", 2
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


def _valid(place: Place, number: int, file: str, secret: SecretStr) -> None:
    document = place.document()
    document["sources"][number]["secrets"].insert(0, file)
    place.sources(document, asked.beside({file: secret}, place.secrets))


def _edited(place: Place, number: int, file: str) -> bool:
    try:
        return written(place.file, edit.with_secret(place.text(), number, file))
    except edit.CannotEdit:
        return False
