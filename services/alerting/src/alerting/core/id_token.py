"""Whether to believe an ID token, and what it says of a person (OpenID Connect Core 1.0, section 3.1.3.7)."""

from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet
from joserfc.jws import JWSRegistry

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""With a public key each: a token without a signature, or signed with what the client knows, is never believed."""

LEEWAY_SECONDS = 60
"""How far the provider's clock may be from ours."""

_LONGEST_SUBJECT = 255
_LONGEST_NAME = 70
_SHORTEST_MODULUS = 342
"""Characters of base64url that hold 2048 bits."""


class _Registry(JWSRegistry):
    max_header_length = 8192  # some send their certificates along


class Unbelievable(Exception):
    """The token is not what a provider says to us of somebody who has just signed in. The text repeats none of it."""


class UnknownKey(Unbelievable):
    """It names a key that is not among those we have: the provider may have new ones."""


def keys_of(document: Any) -> KeySet:
    """The keys of a JWKS document that may sign a token; others are passed over. Raises ValueError without one."""
    listed = document.get("keys") if isinstance(document, dict) else None
    keys = [_key(each) for each in listed or () if isinstance(each, dict) and _signs(each)]
    found = [key for key in keys if key is not None]
    if not found:
        raise ValueError("no keys that sign")
    return KeySet(found)


def _signs(key: Mapping[str, Any]) -> bool:
    if key.get("use", "sig") != "sig":
        return False
    return key.get("kty") == "EC" or (key.get("kty") == "RSA" and len(str(key.get("n"))) >= _SHORTEST_MODULUS)


def _key(said: dict[str, Any]) -> Any:
    try:
        return JWKRegistry.import_key(said)
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def believed(token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, now: float) -> dict[str, Any]:
    """The claims of a token that is signed by the issuer, meant for us, in time, and an answer to our request.

    Raises UnknownKey, Unbelievable.
    """
    registry = _Registry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        claims = jwt.decode(token, keys, registry=registry).claims
        jwt.JWTClaimsRegistry(
            now=int(now),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
    except InvalidKeyIdError as error:
        raise UnknownKey("the key is not known") from error
    except JoseError as error:
        raise Unbelievable(error.error or type(error).__name__) from error
    except (ValueError, TypeError, OverflowError, RecursionError) as error:  # bytes that are no token at all
        raise Unbelievable("malformed") from error
    _check_shapes(claims, client_id)
    return claims


def _check_shapes(claims: Mapping[str, Any], client_id: str) -> None:
    """What the library leaves open: more than one audience or nonce, and how long a subject may be."""
    others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if others else client_id) != client_id:
        raise Unbelievable("azp")
    if not isinstance(claims["nonce"], str):
        raise Unbelievable("nonce")
    if not 0 < len(claims["sub"]) <= _LONGEST_SUBJECT or not claims["sub"].isprintable():
        raise Unbelievable("sub")


def groups_in(claims: Mapping[str, Any], path: str) -> frozenset[str] | None:
    """The texts at a claim, which may lie inside others (``realm_access.roles``). None where it is not there at all."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
    if found is None:
        return None
    listed = found if isinstance(found, list) else [found]
    return frozenset(each for each in listed if isinstance(each, str))


def name_in(claims: Mapping[str, Any], claim: str) -> str:
    """What colleagues read: the claim, or what comes next to it; control characters and superfluous blanks left out."""
    for each in (claim, "name", "preferred_username", "nickname", "email", "sub"):
        said = claims.get(each)
        name = " ".join("".join(c if c.isprintable() else " " for c in said).split()) if isinstance(said, str) else ""
        if name:
            return name[:_LONGEST_NAME].strip()
    raise Unbelievable("name")
