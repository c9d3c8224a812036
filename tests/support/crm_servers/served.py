"""What the CRMs of the contract suite have in common: a port, tokens, a record of the calls, and failures on demand.

A CRM subclasses it, says how to address it (``layout``) and answers as its documentation says (``respond``). Requests
whose token is wrong never get that far. Tokens come from a server of their own (``tokens``), as OAuth 2 has it.
"""

import contextlib
import json
import time
from abc import abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, ClassVar, TypeVar

import httpx

from profile_sync.crms import CRMS
from profile_sync.crms.auth import Auth
from profile_sync.crms.exchange import Exchange
from profile_sync.crms.port import Crm, Layout
from support import vendor_http
from support.crm_servers import Call
from support.crm_servers.oauth import TokenServer
from support.vendor_http import LOST, RESET, Asked, Fault, Half, Reply, Vendor

Planned = Reply | Fault | Half


class ServedCrm(Vendor):
    """``renews``: a refused token can be replaced by a new one; without, ``auth`` gives headers that stay as they are.

    ``script`` stays empty: failures are planned with ``fail`` and ``plan``, so that every call is on record.
    """

    crm: ClassVar[str]
    renews: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self.tokens = TokenServer()
        self.calls: list[Call] = []
        self._planned: deque[Planned] = deque()
        self._planned_writes: deque[Planned] = deque()

    @property
    def layout(self) -> Layout:
        return Layout(self.url)

    def auth(self, client: httpx.AsyncClient) -> Auth:
        """How Amends gets in, as an operator would configure it."""
        return self.tokens.auth(client)

    def adapter(self, exchange: Exchange) -> Crm:
        return CRMS[self.crm](exchange, self.layout)

    def accepts(self, asked: Asked) -> bool:
        return asked.headers.get("authorization") == f"Bearer {self.tokens.current}"

    @abstractmethod
    def respond(self, asked: Asked) -> Reply:
        """What the CRM says to a request that may be made; the place where it checks what it is sent."""

    @abstractmethod
    def add(self, customer_id: str) -> None:
        """The CRM knows this customer now."""

    @abstractmethod
    def holds(self, customer_id: str) -> Mapping[str, Any]:
        """Our fields by our names with bare values, without empty ones; {} where the customer is not known."""

    @abstractmethod
    def edit(self, customer_id: str, field: str, value: Any) -> None:
        """A human sets a field."""

    @abstractmethod
    def foreign(self, customer_id: str) -> Mapping[str, Any]:
        """What is not ours in the profile: it must stay as it was."""

    @property
    @abstractmethod
    def records(self) -> int:
        """How many customers it knows."""

    @property
    def tokens_issued(self) -> int:
        return self.tokens.issued

    def expire_token(self) -> None:
        """The token in use is refused with 401 from now on; a new one is to be had as the vendor documents."""
        self.tokens.expire()

    def fail(self, *statuses: int, **headers: str) -> None:
        """Answer the next calls so, without doing anything. 0 closes the connection; -1 carries out, then closes it."""
        self.plan(*_scripted(statuses, headers))

    def fail_writes(self, *statuses: int, **headers: str) -> None:
        """The same, of the next calls that are writes; what is read before them is answered as ever."""
        self.plan_writes(*_scripted(statuses, headers))

    def plan(self, *answers: Planned) -> None:
        """Answer the next calls so; of the faults only LOST carries the request out."""
        self._planned.extend(answers)

    def plan_writes(self, *answers: Planned) -> None:
        self._planned_writes.extend(answers)

    def is_write(self, method: str, path: str) -> bool:
        """A CRM that is searched by POST says so here."""
        return method != "GET"

    @property
    def writes(self) -> list[Call]:
        return [call for call in self.calls if self.is_write(call.method, call.path)]

    def provenance(self, customer_id: str) -> str | None:
        """The text that says where values come from, where it is kept beside none of them."""
        return None

    def answer(self, asked: Asked) -> Any:
        script = self._planned_writes if self.is_write(asked.method, asked.path) else None
        script = self._planned or script
        planned = script.popleft() if script else self._checked(asked)
        if planned == LOST:
            self._checked(asked)
            planned = RESET
        status = planned.status if isinstance(planned, Reply | Half) else 0
        call = Call(time.monotonic(), asked.method, asked.path, asked.headers, _json(asked.body), status)
        self.calls.append(call)
        return planned

    def _checked(self, asked: Asked) -> Reply:
        return self.respond(asked) if self.accepts(asked) else Reply(401, {"message": "the token is not valid"})


def _scripted(statuses: Iterable[int], headers: Mapping[str, str]) -> list[Planned]:
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    faults: dict[int, Planned] = {0: RESET, -1: LOST}
    return [faults.get(status) or Reply(status, {"message": "scripted"}, said) for status in statuses]


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body


C = TypeVar("C", bound=ServedCrm)


@contextlib.asynccontextmanager
async def serving(crm: C) -> AsyncIterator[C]:
    async with vendor_http.serving(crm.tokens), vendor_http.serving(crm):
        yield crm
