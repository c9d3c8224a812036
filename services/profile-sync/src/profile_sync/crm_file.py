"""The CRM file: which CRM, how we get in, and where our fields are in it; checked whole."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from events.problems import Invalid, Problem, from_validation_error
from events.runtime import plain_yaml
from profile_sync.core.preferences import FIELDS
from profile_sync.core.templates import UrlTemplate
from profile_sync.crms import CRMS
from profile_sync.crms.access_file import Access, HeaderName, NoAccess
from profile_sync.crms.address import address
from profile_sync.crms.auth import Fixed
from profile_sync.crms.exchange import Exchange
from profile_sync.crms.flat import PROVENANCE
from profile_sync.crms.port import Crm, Layout
from profile_sync.crms.rest import RestCrm
from profile_sync.crms.rest_form import PLACE, SIMPLE, Form, Method

URLS = {"hubspot": "https://api.hubapi.com"}
"""Of CRMs that are in one place for everybody."""
PREFIXES = {"rest": ""}
PLACES = {PLACE, "{customer_id}", "{tenant}"}
RESERVED = {"authorization", "host", "content-length", "transfer-encoding", "connection", "accept-encoding",
            "idempotency-key", "if-match", "if-none-match"}  # fmt: skip
"""Headers that an operator may not set: they are ours to say."""

Theirs = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$")]
"""The name of a field in the CRM."""


def _kind(name: str) -> str:
    if name not in CRMS:
        raise ValueError(f"must be one of {', '.join(CRMS)}")
    return name


def _ours(name: str) -> str:
    if name not in FIELDS and name != PROVENANCE:
        raise ValueError(f"is no field of ours; they are {', '.join(FIELDS)}, {PROVENANCE}")
    return name


def _free(header: str) -> str:
    if header.lower() in RESERVED:
        raise ValueError("has a header that is not for you to set; see auth")
    return header


def _template(body: Any) -> Any:
    stand = [text for text in _texts(body) if re.fullmatch(r"\{[^{}]*\}", text)]
    if stand.count(PLACE) != 1 or not PLACES.issuperset(stand):
        raise ValueError(f'must hold "{PLACE}" once, and beside it only placeholders of a URL')
    return body


def _texts(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, Mapping | list):
        for value in document.values() if isinstance(document, Mapping) else document:
            yield from _texts(value)


class _Word(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class _Rest(_Word):
    """What a ``Form`` is made of."""

    method: Method = "PATCH"
    headers: dict[Annotated[HeaderName, AfterValidator(_free)], Annotated[str, Field(pattern=r"^[ -~]{0,1000}$")]] = {}
    body: Annotated[Any, AfterValidator(_template)] = SIMPLE.body
    fields_at: Annotated[str, Field(pattern=r"^(/([^~/]|~[01])*)*$")] = "/fields"
    bare: bool = False
    conditional: bool = True
    upsert: bool = True
    idempotent: bool = True

    def form(self, prefix: str) -> Form:
        headers = {name.title(): value for name, value in self.headers.items()}
        return Form(prefix=prefix, **{**dict(self), "headers": headers})


class _File(_Word):
    crm: Annotated[str, AfterValidator(_kind)]
    url: str | None = Field(None, validate_default=True)
    auth: Access = NoAccess()
    find_by: Theirs | None = None
    prefix: Annotated[str, Field(pattern=r"^([A-Za-z_][A-Za-z0-9_.:-]{0,63})?$")] | None = None
    names: dict[Annotated[str, AfterValidator(_ours)], Theirs] = {}
    rest: _Rest | None = None

    @field_validator("url")
    @classmethod
    def _address(cls, said: str | None, info: ValidationInfo) -> str:
        crm = info.data.get("crm", "rest")
        said = said or URLS.get(crm)
        if said is None:
            raise PydanticCustomError("missing", "is required")
        return UrlTemplate.parse(said).text if crm == "rest" else address(said)


@dataclass(frozen=True, slots=True)
class CrmPlan:
    """What the file says. It may hold secrets: never log it."""

    name: str
    layout: Layout
    access: Access = field(default=NoAccess(), repr=False)
    form: Form = SIMPLE

    def exchange(self, client: httpx.AsyncClient, timeout_seconds: float) -> Exchange:
        return Exchange(client, self.access.auth(client, timeout_seconds), timeout_seconds)

    def crm(self, exchange: Exchange) -> Crm:
        """Raises ValueError for a layout that this CRM cannot have."""
        build = partial(RestCrm, form=self.form) if self.name == "rest" else CRMS[self.name]
        return build(exchange, self.layout)


def read(path: Path) -> CrmPlan:
    """Raises ValueError with every complaint there is, in one text; none of them repeats what the file says."""
    return plain_yaml.parsed(path, parse)


def parse(document: Any) -> CrmPlan:
    """Raises Invalid."""
    document = {} if document is None else document
    try:
        file = _File.model_validate(document)
    except ValidationError as error:
        raise Invalid(_in_words(error, document)) from error
    prefix = PREFIXES.get(file.crm, "amends_") if file.prefix is None else file.prefix
    layout = Layout(file.url or "", file.names, prefix, file.find_by)
    if problems := list(_problems(file, layout)):
        raise Invalid(problems)
    plan = CrmPlan(file.crm, layout, file.auth, (file.rest or _Rest()).form(prefix))
    try:
        plan.crm(Exchange(httpx.AsyncClient(transport=httpx.AsyncBaseTransport()), Fixed(), 1))
    except ValueError as error:
        raise Invalid.at("", "layout", str(error)) from error
    return plan


def _problems(file: _File, layout: Layout) -> Iterator[Problem]:
    """What is wrong with words that are right each by itself."""
    theirs = Counter(layout.name(name) for name in (*FIELDS, PROVENANCE))
    taken = "names a field of the CRM that has another use already"
    for name, said in file.names.items():
        if theirs[said] > 1:
            yield Problem(f"/names/{name}", "twice", taken)
    if file.find_by in theirs:
        yield Problem("/find_by", "twice", taken)
    if file.crm == "rest" and file.find_by is not None:
        yield Problem("/find_by", "idle", "means nothing here: the url says how a customer is found")
    if file.crm != "rest" and file.rest is not None:
        yield Problem("/rest", "idle", "is for crm: rest only")


def _in_words(error: ValidationError, document: Any) -> list[Problem]:
    """What senders are told of fields and the API's documentation, an operator is told of words and this file."""
    unknown = "is no word of this file; docs/crms.md has them all"
    found = from_validation_error(error, document).problems
    return [Problem(p.pointer, p.code, unknown if p.code == "extra_forbidden" else p.message) for p in found]
