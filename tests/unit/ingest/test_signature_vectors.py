"""Signatures made by others: vendors' vectors where ``../shared`` has them, and the Standard Webhooks library."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks

from ingest.core.signatures import Encoding, Header, Signature, Verdict, sign, verify
from ingest.core.signing_input import BodyHashInUrl, Signed, Whole, values
from ingest.core.signing_schemes import (
    CHATWOOT,
    HUBSPOT_V3,
    QUALTRICS,
    STANDARD_WEBHOOKS,
    SURVEYMONKEY,
    TWILIO,
    TYPEFORM,
    ZENDESK,
)

ROOT = Path(__file__).parents[3]
VECTORS = ROOT.parent / "shared/vendor-payloads/signature_vectors.json"
needs_vectors = pytest.mark.skipif(not VECTORS.exists(), reason="../shared/vendor-payloads is not here")

URL = "https://hooks.example.org/v1/hooks/acme"
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)

# Delighted is closed; its vector shows that a scheme we do not list can be said in the same terms.
DELIGHTED = Signature(
    over=(Whole.BODY,),
    place=Header("x-delighted-webhook-signature"),
    encoding=Encoding.HEX,
    prefix="sha256=",
)

Case = tuple[Signature, Signed, str, datetime, str]
"""The scheme, the request without its signature, the secret, the time, the signature."""


def only(found: Any) -> str:
    """The expected signature: told bare, or by the name of its place."""
    return str(found if isinstance(found, str) else next(iter(found.values())))


def posted(vector: dict[str, Any], **headers: str) -> Signed:
    return Signed("POST", vector.get("url", URL), headers, vector["raw_body"].encode())


def body_only(signature: Signature) -> Callable[[dict[str, Any]], Case]:
    return lambda vector: (signature, posted(vector), vector["secret"], NOW, only(vector["expected"]))


def surveymonkey(vector: dict[str, Any]) -> Case:
    secret = f"{vector['client_id']}&{vector['client_secret']}"
    return SURVEYMONKEY, posted(vector), secret, NOW, only(vector["expected"])


def twilio(vector: dict[str, Any]) -> Case:
    params = {name: [value] if isinstance(value, str) else value for name, value in vector["params"].items()}
    form = [(name, value) for name, found in params.items() for value in found]
    return TWILIO, Signed("POST", vector["url"], {}, b"a=form", form), vector["secret"], NOW, only(vector["expected"])


def qualtrics(vector: dict[str, Any]) -> Case:
    form = [("Topic", "completed"), ("MSG", vector["msg"])]
    return QUALTRICS, Signed("POST", URL, {}, b"a=form", form), vector["shared_key"], NOW, only(vector["expected"])


def zendesk(vector: dict[str, Any]) -> Case:
    when = vector["timestamp"]
    request = posted(vector, **{"x-zendesk-webhook-signature-timestamp": when})
    return ZENDESK, request, vector["secret"], datetime.fromisoformat(when), only(vector["expected"])


def chatwoot(vector: dict[str, Any]) -> Case:
    at = datetime.fromtimestamp(int(vector["timestamp"]), UTC)
    request = posted(vector, **{"x-chatwoot-timestamp": vector["timestamp"]})
    return CHATWOOT, request, vector["secret"], at, only(vector["expected"])


def hubspot_v3(vector: dict[str, Any]) -> Case:
    at = datetime.fromtimestamp(int(vector["timestamp_ms"]) / 1000, UTC)
    request = posted(vector, **{"x-hubspot-request-timestamp": vector["timestamp_ms"]})
    return HUBSPOT_V3, request, vector["secret"], at, only(vector["expected"])


def standard_webhooks(vector: dict[str, Any]) -> Case:
    headers = {name: vector[name] for name in ("webhook-id", "webhook-timestamp")}
    at = datetime.fromtimestamp(int(vector["webhook-timestamp"]), UTC)
    return STANDARD_WEBHOOKS, posted(vector, **headers), vector["secret"], at, only(vector["expected"])


READERS: dict[str, Callable[[dict[str, Any]], Case]] = {
    "twilio": twilio,
    "hubspot-v3": hubspot_v3,
    "standard-webhooks (formbricks)": standard_webhooks,
    "zendesk": zendesk,
    "typeform": body_only(TYPEFORM),
    "delighted": body_only(DELIGHTED),
    "chatwoot": chatwoot,
    "surveymonkey": surveymonkey,
    "qualtrics": qualtrics,
}
HASH_ONLY = {"twilio-json-bodySHA256"}
NOT_SUPPORTED = {"hubspot-v1", "hubspot-v2"}  # a hash of secret and text together: no HMAC, and no time in it


def vectors() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(VECTORS.read_text())["vectors"] if VECTORS.exists() else []
    return found


def signed(signature: Signature, request: Signed, code: str) -> Signed:
    name = signature.place.name
    if isinstance(signature.place, Header):
        return replace(request, headers={**request.headers, name: code})
    return replace(request, form=[*(request.form or ()), (name, code)])


@needs_vectors
def test_every_vector_is_read_or_declined_by_name() -> None:
    assert {vector["scheme"] for vector in vectors()} == {*READERS, *HASH_ONLY, *NOT_SUPPORTED}


@needs_vectors
@pytest.mark.parametrize(
    "vector",
    [vector for vector in vectors() if vector["scheme"] in READERS],
    ids=lambda vector: vector["scheme"],
)
def test_a_vendors_vector_reproduces(vector: dict[str, Any]) -> None:
    signature, request, secret, now, code = READERS[vector["scheme"]](vector)
    assert sign(signature, request, secret) == code
    assert verify(signature, signed(signature, request, code), [secret], now) is Verdict.GENUINE
    assert verify(signature, signed(signature, request, code), [f"{secret}BBBB"], now) is Verdict.WRONG


@needs_vectors
def test_the_published_body_hash_reproduces() -> None:
    (vector,) = (vector for vector in vectors() if vector["scheme"] in HASH_ONLY)
    told = vector["expected"]["bodySHA256"]
    body = vector["raw_body"].encode()
    assert hashlib.sha256(body).hexdigest() == told
    part = BodyHashInUrl("bodySHA256")
    assert values(part, Signed("POST", f"{URL}?bodySHA256={told}", {}, body)) == (b"",)
    assert values(part, Signed("POST", f"{URL}?bodySHA256={told}", {}, body + b" ")) == ()


SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"
BODIES = ['{"score":2}', "", "ünïcode", '{"a":"' + "x" * 5_000 + '"}']


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body[:12])
def test_what_the_standard_webhooks_library_signs_is_genuine(body: str) -> None:
    code = standardwebhooks.Webhook(SECRET).sign("msg_1", NOW, body)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(round(NOW.timestamp())),
        "webhook-signature": f"v1a,AAAA {code}",
    }
    assert verify(STANDARD_WEBHOOKS, Signed("POST", URL, headers, body.encode()), [SECRET], NOW) is Verdict.GENUINE


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body[:12])
def test_what_we_sign_the_standard_webhooks_library_believes(body: str) -> None:
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(round(datetime.now(UTC).timestamp()))}
    headers["webhook-signature"] = sign(STANDARD_WEBHOOKS, Signed("POST", URL, headers, body.encode()), SECRET)
    standardwebhooks.Webhook(SECRET).verify(body, headers, json_parse=False)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRET).verify(f"{body} ", headers, json_parse=False)
