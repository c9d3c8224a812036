"""One of the services over its HTTP API, as any client speaks to it."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from amends.errors import CommandError

REQUEST_SECONDS = 15.0
SERVER_AT_FAULT = 500


class Away(CommandError):
    """It cannot be reached, or is not well: asking again later may help."""


@dataclass(frozen=True, slots=True)
class Api:
    """``service`` is the name that complaints use."""

    service: str
    url: str
    key: str = field(repr=False)

    def get(self, *path: str, **query: Any) -> Any:
        asked = {name: value for name, value in query.items() if value is not None}
        return self._call("GET", path, params=asked)

    def post(self, *path: str, **said: Any) -> Any:
        return self._call("POST", path, json=said)

    def put(self, *path: str, **said: Any) -> Any:
        return self._call("PUT", path, json=said)

    def pages(self, *path: str, under: str, **query: Any) -> Iterator[Any]:
        """Everything of a list that is told page by page."""
        after: str | None = None
        while True:
            page = self.get(*path, **query, after=after)
            yield from page[under]
            after = page["next"]
            if after is None:
                return

    def _call(self, method: str, path: tuple[str, ...], **asked: Any) -> Any:
        """``path``: its steps. Raises CommandError, or Away."""
        if not self.key:
            raise CommandError("an API key is needed: --key amk_…, or AMENDS_API_KEY")
        local = httpx.URL(self.url).host in ("127.0.0.1", "localhost", "::1")  # which no proxy can reach
        steps = "/".join(quote(step, safe="") for step in path)
        headers = {"Authorization": f"Bearer {self.key}"}
        try:
            with httpx.Client(
                timeout=REQUEST_SECONDS, verify=ssl.create_default_context(), trust_env=not local
            ) as client:
                response = client.request(method, f"{self.url.rstrip('/')}/v1/{steps}", headers=headers, **asked)
        except httpx.HTTPError as error:
            raise Away(f"{self.service} could not be reached at {self.url}: {type(error).__name__}") from error
        document = response.json() if "json" in response.headers.get("content-type", "") else {}
        if response.is_success:
            return document
        said = _complaint(document) or f"{self.service} answered {response.status_code}"
        raise (Away if response.status_code >= SERVER_AT_FAULT else CommandError)(said)


def _complaint(document: dict[str, Any]) -> str:
    problems = "; ".join(f"{each['pointer'].strip('/')} {each['detail']}" for each in document.get("errors", ()))
    return problems or ". ".join(document[name].rstrip(".") for name in ("title", "detail") if document.get(name))
