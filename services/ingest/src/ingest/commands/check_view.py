"""How ``source check`` shows what it found, to people."""

import json
from collections.abc import Mapping
from typing import Any

from ingest.commands.console import say
from ingest.sources.snapshot import Proof


def show(found: Mapping[str, Any], *, title: str, proof: Proof) -> None:
    """``found`` is the document that ``--json`` prints."""
    say(f"{found['source']} ({title})")
    if found["format"]:
        say(f"read as    {found['format']}")
    say(f"signature  {found['signature'] or _unsigned(proof)}")
    for problem in found["problems"]:
        say(f"wrong      {problem['pointer'] or '(whole payload)'}: {problem['message']}")
    for number, one in enumerate(found["outcomes"], 1):
        say(f"{number}. {_headline(one)}")
        _values(one)
    if not found["outcomes"] and not found["problems"]:
        say("nothing in it is for us")
    for one in found["contacts"]:
        say(f"\nits pieces alone make: {_headline(one)}")
        _values(one)
    say("\nit would be taken" if found["accepted"] else "\nit would be refused")


def _unsigned(proof: Proof) -> str:
    if proof is Proof.SIGNATURE:
        return "not looked at; give the headers it came with, each with --header"
    return f"none; it proves itself by {'an API key' if proof is Proof.KEY else 'its address'}"


def _headline(one: Mapping[str, Any]) -> str:
    at = f" at {one['at']}" if one["at"] else ""
    if "event" in one:
        return f"{one['event']}{at}"
    if "part" in one:
        return f"a piece of contact {one['part']}{at}"
    if "fetch" in one:
        return f"would be fetched{at}: GET {one['from']}" if "from" in one else f"would be fetched{at}"
    return f"ignored{at}: {one['ignored']}"


def _values(one: Mapping[str, Any]) -> None:
    for key in ("id", "time", "seen_at"):
        if one.get(key):
            say(f"     {key}: {one[key]}")
    for key, value in (one.get("data") or one.get("facts") or one.get("fetch") or {}).items():
        say(f"     {key}: {json.dumps(value, ensure_ascii=False)}")
