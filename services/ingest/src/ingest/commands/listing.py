"""``source list``: every source, how it proves itself, and the keys it has."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from ingest.commands.console import say
from ingest.commands.place import Place
from ingest.sources.snapshot import Configured, Proof
from ingest.store.keys import Kept


async def list_(place: Place, *, as_json: bool) -> int:
    """Raises CommandError, Unusable, Stuck, Unavailable."""
    keys = await _keys(place)
    sources = place.sources()
    found = [_source(one, sources.url(one.source.name), keys) for one in sources.all()]
    known = {(one.source.tenant, one.source.name) for one in sources.all()}
    homeless = [_key(key) for key in keys or () if (key.owner.tenant, key.owner.source) not in known]
    if as_json:
        say(json.dumps({"sources": found, "keys_of_no_source": homeless}, indent=2))
        return 0
    if not found:
        say(f"{place.file.name} has no sources; amends source add makes one")
    else:
        _table(found, known_keys=keys is not None)
    for key in homeless:
        say(f"\nkey {key['id']} is of {key['source']}, which is no source any more; it opens nothing")
    return 0


async def _keys(place: Place) -> list[Kept] | None:
    """Neither expired nor revoked; None where there is no database to ask."""
    if not place.database_url:
        return None
    async with place.keys() as keys:
        return await keys.live()


def _source(one: Configured, url: str | None, keys: Sequence[Kept] | None) -> dict[str, Any]:
    own = (one.source.tenant, one.source.name)
    return {
        "name": one.source.name,
        "vendor": one.vendor.name,
        "tenant": one.source.tenant,
        "proof": one.proof.value,
        "url": url,
        "secrets": list(one.source.secrets),
        "allow_from": [str(network) for network in one.source.allow_from],
        "keys": None if keys is None else [_key(key) for key in keys if (key.owner.tenant, key.owner.source) == own],
    }


def _key(key: Kept) -> dict[str, Any]:
    return {
        "id": key.id,
        "source": key.owner.source,
        "created_at": _stamp(key.created_at),
        "expires_at": _stamp(key.expires_at),
        "last_used_at": _stamp(key.last_used_at),
        "note": key.note,
    }


def _table(found: Iterable[dict[str, Any]], *, known_keys: bool) -> None:
    rows = [("name", "vendor", "tenant", "proof", "secrets", "key", "created", "expires", "last used")]
    for one in found:
        secrets = str(len(one["secrets"])) if one["proof"] == Proof.SIGNATURE else "-"
        head = (one["name"], one["vendor"], one["tenant"], one["proof"], secrets)
        lines = [_cells(key) for key in one["keys"] or ()] or [("-" if known_keys else "?", "", "", "")]
        for number, cells in enumerate(lines):
            rows.append((*(head if number == 0 else ("",) * len(head)), *cells))
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if not known_keys:
        say("\nDATABASE_URL is not set: which keys there are is not known")


def _cells(key: dict[str, Any]) -> tuple[str, str, str, str]:
    return key["id"], key["created_at"], key["expires_at"] or "never", key["last_used_at"] or "never"


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
