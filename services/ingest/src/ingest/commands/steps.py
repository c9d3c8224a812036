"""What to do next at the vendor's end, step by step, ready to be pasted."""

from collections.abc import Iterable
from textwrap import indent

from pydantic import SecretStr

from ingest.commands.console import say
from ingest.sources.snapshot import Configured, Proof, Sources, path

WHERE = "https://<where ingest is reached>"


def url(sources: Sources, name: str) -> str:
    return sources.url(name) or WHERE + path(name)


def listed(steps: Iterable[str]) -> None:
    for number, step in enumerate(steps, 1):
        say(f"{number}. " + indent(step, "   ").lstrip())


def of_new(configured: Configured, sources: Sources, shown: SecretStr | None, key: str | None) -> list[str]:
    """For a source that was added. ``shown``: the secret that was made here; ``key``: the API key that was."""
    title = configured.vendor.title
    return [
        f"Let {title} post to\n  {url(sources, configured.source.name)}",
        *proving(configured, shown, key),
        *asking(configured),
        f"What to click, and what is mapped: docs/integrations/{configured.vendor.name.replace('_', '-')}.md",
    ]


def asking(configured: Configured) -> list[str]:
    """Survey tools' payloads don't say what an answer means."""
    if not configured.vendor.asks or configured.source.questions:
        return []
    return [
        "Say in the sources file which questions count; until then every answer is refused with 422:\n"
        "  questions:\n    - {question: <its id>, instrument: csat, scale: 1-5, comment: <id of the text question>}"
    ]


def proving(configured: Configured, shown: SecretStr | None, key: str | None) -> list[str]:
    title = configured.vendor.title
    if configured.proof is Proof.SIGNATURE and shown is not None:
        return [f"Give {title} this secret to sign with, shown only now:\n  {shown.get_secret_value()}"]
    if configured.proof is Proof.SIGNATURE:
        return [f"{title} signs with the secret you gave; there is nothing to set for that."]
    if configured.proof is Proof.ADDRESS:
        networks = ", ".join(map(str, configured.source.allow_from))
        return [f"{title} is known by its address: {networks}"]
    if key is None:
        return ["Let it send an API key of its own in the header\n  Authorization: Bearer amk_…"]
    return [
        "Let it send this key, shown only now, in a header. It is known to a running ingest within 10 s.\n"
        f"  Authorization: Bearer {key}"
    ]


def by_hand(unwritten: Iterable[str], shown: SecretStr | None) -> list[str]:
    """For secrets that we may not write into their folder. ``shown``: the one that was made here."""
    return [
        f"Put {'the secret below' if shown else 'what you gave'} into the file {name} of INGEST_SECRETS_DIR"
        f" (in Kubernetes: under the key {name} of the Secret that is mounted there)."
        for name in unwritten
    ]
