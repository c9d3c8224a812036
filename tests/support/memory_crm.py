"""A CRM in memory, fast enough for thousands of calls, with tokens that end, and a record of what was done to it."""

import itertools
import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

PLAIN = "plain"
"""The tenant whose CRM has no ETags."""


@dataclass
class Profile:
    version: int = 0
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        return f'"{self.version}"'


@dataclass(frozen=True)
class Applied:
    """A write that was carried out."""

    path: str
    fields: dict[str, Any]


class MemoryCrm:
    """``GET|PATCH /{tenant}/profiles/{id}`` as the REST adapter expects it, and ``POST /token`` (client credentials).

    Attributes:
        tokens: every token that is good, and to whom it was given.
        issued: how many each client got; every process of a pusher is a client of its own.
        expiries: when all tokens ended at once, in monotonic seconds.
    """

    def __init__(self) -> None:
        self.profiles: defaultdict[str, Profile] = defaultdict(Profile)
        self.applied: list[Applied] = []
        self.tokens: dict[str, str] = {}
        self.issued: Counter[str] = Counter()
        self.expiries: list[float] = []
        self._whose: dict[str, str] = {}
        self._answered: dict[str, bytes] = {}
        self._numbers = itertools.count(1)

    def expire(self) -> None:
        self.tokens.clear()
        self.expiries.append(time.monotonic())

    def client_of(self, authorization: str | None) -> str | None:
        """To whom a token was once given."""
        return self._whose.get((authorization or "").removeprefix("Bearer "))

    def edit(self, path: str, name: str, value: Any) -> Any:
        """By hand. Returns what stood there."""
        profile = self.profiles[path]
        before = profile.fields.get(name)
        fields = {**profile.fields, name: value}
        self.profiles[path] = Profile(profile.version + 1, {n: v for n, v in fields.items() if v is not None})
        return before

    def values(self, path: str) -> dict[str, Any]:
        return {name: held["value"] for name, held in self.profiles[path].fields.items()}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        said = {name.decode(): value.decode() for name, value in scope["headers"]}
        status, body, etag = self._respond(scope["method"], scope["path"], said, (await receive()).get("body", b""))
        headers = [(b"content-type", b"application/json"), *([(b"etag", etag.encode())] if etag else [])]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    def _respond(self, method: str, path: str, said: dict[str, str], body: bytes) -> tuple[int, Any, str | None]:
        if path == "/token":
            return 200, {"access_token": self._issue(body), "token_type": "Bearer"}, None
        if said.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return 401, {}, None
        status = 200 if method == "GET" else self._change(path, said, body)
        profile = self.profiles[path]
        if method == "GET" and profile.version == 0:
            status = 404
        etag = None if path.startswith(f"/{PLAIN}/") else profile.etag
        return status, {"fields": profile.fields}, etag

    def _issue(self, body: bytes) -> str:
        client = parse_qs(body.decode())["client_id"][0]
        token = f"token-{next(self._numbers)}"
        self.tokens[token] = self._whose[token] = client
        self.issued[client] += 1
        return token

    def _change(self, path: str, said: dict[str, str], body: bytes) -> int:
        key, profile = said["idempotency-key"], self.profiles[path]
        if key in self._answered:
            return 200 if self._answered[key] == body else 422
        held, new = said.get("if-match"), said.get("if-none-match") == "*"
        if (held is not None and held != profile.etag) or (new and profile.version > 0):
            return 412
        fields = json.loads(body)["fields"]
        changed = {**profile.fields, **fields}
        self.profiles[path] = Profile(profile.version + 1, {n: v for n, v in changed.items() if v is not None})
        self._answered[key] = body
        self.applied.append(Applied(path, fields))
        return 200
