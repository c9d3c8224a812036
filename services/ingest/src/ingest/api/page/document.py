"""The document itself: FastAPI's own, and beside it the operations and schemas of our own routes."""

from typing import Any

from fastapi import FastAPI

from ingest.api.page.operations import SECURITY, paths
from ingest.api.page.schemas import schemas

DESCRIPTION = """
Send what customers say, and what happened, to Amends. **202 means stored** on every in-sync replica of the log.
Anything else, or no answer: send the same again; the same id (or, for plain reports, the same report) counts once.

    curl -X POST http://127.0.0.1:8080/v1/survey-responses \\
      -H "Authorization: Bearer $AMENDS_KEY" -H "Content-Type: application/json" \\
      -d '{"response_id": "resp-9001", "instrument": "csat", "scale": "1-5", "value": 1,
           "submitted_at": "2026-03-02T09:40:00Z"}'

One event has up to 64 KiB; an array or batch up to 500 events and 1 MiB, and is taken whole or refused whole. Bodies
are UTF-8 JSON, as they are or with `Content-Encoding: gzip`. Errors are problem details (RFC 9457); each pointer in
`errors` says where in the body the trouble is.

The examples are from March 2026: a bad answer of more than an hour ago is counted and opens no case. To see one on the
desk, put the time of now into `submitted_at`, and a new `response_id`.
"""


class Documented(FastAPI):
    def __init__(self, **options: Any) -> None:
        super().__init__(title="Amends: ingest", version="1", description=DESCRIPTION, **options)

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            document["paths"].update(paths())
            components = document.setdefault("components", {})
            components.setdefault("schemas", {}).update(schemas())
            components.setdefault("securitySchemes", {}).update(SECURITY)
        return self.openapi_schema or {}
