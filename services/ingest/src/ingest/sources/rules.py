"""What must be true of a source beyond its own fields: by its vendor, and among all sources."""

from collections.abc import Iterable, Iterator

from ingest.core.signing_schemes import SCHEMES
from ingest.core.source import Source
from ingest.sources.snapshot import Proof, proof, schemes, signs_url
from ingest.vendors.vendor import Vendor

GENERIC = "generic"


def of_vendor(source: Source, vendor: Vendor, *, public_url: str | None, database: bool) -> Iterator[str]:
    """What the vendor needs and the source has not, or the other way round."""
    if source.signature is not None and vendor.name != GENERIC:
        yield f"signature is for vendor {GENERIC} alone: {vendor.title} has its own scheme, or none"
    elif source.signature not in (None, *SCHEMES):
        yield f"signature must be one of {', '.join(sorted(SCHEMES))}"
    else:
        yield from _of_proof(source, vendor, public_url)
    if vendor.enrichment is not None and source.api is None:
        yield f"api is required: {vendor.title} only announces, and the answers are fetched after"
    if vendor.enrichment is None and source.api is not None:
        yield f"api has no use: nothing is fetched from {vendor.title}"
    if vendor.needs_database and not database:
        yield f"vendor {vendor.name} needs DATABASE_URL: what comes in pieces or is fetched after is kept in PostgreSQL"


def _of_proof(source: Source, vendor: Vendor, public_url: str | None) -> Iterator[str]:
    signatures = schemes(source, vendor)
    kind = proof(source, vendor)
    if kind is Proof.SIGNATURE and not source.secrets:
        yield f"secrets is required: {vendor.title} signs what it sends"
    if kind is not Proof.SIGNATURE and source.secrets:
        hint = ", or name its scheme in signature" if vendor.name == GENERIC else ""
        yield f"secrets has no use: nothing that comes is signed; leave it out{hint}"
    if kind is Proof.ADDRESS and not source.allow_from:
        yield f"allow_from is required: {vendor.title} proves itself by nothing but its address"
    if signs_url(signatures) and public_url is None:
        yield "needs public_url at the top of the file: its URL is part of what is signed"


def names_taken(named: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Complaints about names that stand twice. ``named``: place in the file, name."""
    taken: dict[str, str] = {}
    for place, name in named:
        if name in taken:
            yield f"{place}: name is that of {taken[name]} already"
        taken.setdefault(name, place)


def voices_taken(placed: Iterable[tuple[str, Source]]) -> Iterator[str]:
    """Complaints about two sources that speak for one CloudEvents source in one tenant."""
    taken: dict[tuple[str, str], tuple[str, str]] = {}
    for place, source in placed:
        for voice in dict.fromkeys(source.voices):
            other, name = taken.setdefault((source.tenant, voice), (place, source.name))
            if other != place and name != source.name:  # of one name: that is said already
                yield f"{place}: speaks for {voice}, as {other} does already in this tenant"
