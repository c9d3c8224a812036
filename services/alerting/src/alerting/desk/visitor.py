"""Who is at the desk: the cookie that says so, and proof that a form is one of ours.

The cookie holds a random token and nothing else. Before signing in it only ties a form to the browser that was shown
it; at signing in it is replaced, and a digest of the new one is the key of a session in the database.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from alerting.core import accounts
from alerting.core.accounts import Role, Source
from alerting.core.networks import network_of
from alerting.desk.oidc import Provider
from events.runtime.request_body import read_body

COOKIE = "amends_desk"
MOST_FIELDS = 40
_OWN = re.compile(r"/desk/(?:[A-Za-z0-9_-]+/)*[A-Za-z0-9_-]*", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who has signed in.

    Attributes:
        id: of their account; None for whoever came with the passphrase and said a name.
        name: what stands on the cases they take.
        must_change: the password was set by somebody else, and must be changed before anything is done.
    """

    id: UUID | None
    name: str
    role: Role
    source: Source
    must_change: bool = False

    def may(self, role: Role) -> bool:
        """Whether their role is at least that one."""
        return accounts.may(self.role, role)


@dataclass(frozen=True, slots=True)
class Access:
    """How people get in. Accounts of the desk's own are in the database.

    Attributes:
        tenant: whose cases the desk shows.
        public_url: the origin people see; a form sent from any other is refused.
        passphrase: the quick start: whoever knows it says a name, and has ``passphrase_role``.
        oidc: where people sign in with the account that they have anyway.
    """

    tenant: str
    public_url: str
    passphrase: str | None = None
    passphrase_role: Role = "supervisor"  # noqa: S105  (no secret)
    oidc: Provider | None = None

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https:")


class Forged(Exception):
    """The form was not made by us for this visitor."""


def who(request: Request) -> Visitor | None:
    """Whoever signed in; always somebody inside a guarded endpoint."""
    return getattr(request.state, "visitor", None)


def present(request: Request) -> Visitor:
    """Whoever signed in, where the guard has seen to it that somebody has."""
    found = who(request)
    if found is None:
        raise LookupError("this endpoint is not guarded")
    return found


def network(request: Request) -> str | None:
    """Where the visitor comes from, no more exact than a network; None where that cannot be said."""
    return network_of(request.client.host) if request.client else None


def from_elsewhere(request: Request) -> bool:
    """Whether another site sent the visitor: then the browser holds back the session cookie."""
    return request.headers.get("sec-fetch-site") == "cross-site"


def token(request: Request) -> str | None:
    """What the cookie says, or will say with the answer to this request."""
    found: str = getattr(request.state, "token", None) or request.cookies.get(COOKIE, "")
    return found if _TOKEN.fullmatch(found) else None


def csrf(request: Request) -> str:
    """What a form must send back. Whoever cannot read the cookie cannot say it; "" where there is no cookie."""
    found = token(request)
    return hmac.new(found.encode(), b"form", hashlib.sha256).hexdigest() if found else ""


def digest(secret: str) -> bytes:
    """What is kept of a random token."""
    return hashlib.sha256(secret.encode()).digest()


def new_token(request: Request) -> str:
    """From now on, and for what is still to be rendered, the visitor's token."""
    request.state.token = made = secrets.token_urlsafe(32)
    return made


def set_cookie(response: Response, access: Access, value: str, seconds: int | None = None) -> None:
    """Strict: no other site can make the browser send it, not even with a link."""
    response.set_cookie(
        COOKIE, value, max_age=seconds, path="/desk", secure=access.https, httponly=True, samesite="strict"
    )


def drop_cookie(response: Response, access: Access) -> None:
    response.delete_cookie(COOKIE, path="/desk", secure=access.https, httponly=True, samesite="strict")


def own_path(said: str | None) -> str:
    """A page of the desk to go on to: whatever is none of ours is its first page."""
    return said if said and _OWN.fullmatch(said) else "/desk/"


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def read_form(request: Request, access: Access) -> dict[str, str]:
    """The fields of a form of ours, white space at the ends removed. Raises Forged."""
    origins = (access.public_url, f"{request.url.scheme}://{request.headers.get('host', '')}")
    if request.headers.get("origin") not in origins:
        raise Forged
    try:
        pairs = parse_qsl(
            (await read_body(request)).decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise Forged from error
    form = {name: value.replace("\r\n", "\n").strip() for name, value in pairs}
    expected = csrf(request)
    if not expected or not hmac.compare_digest(form.pop("csrf", "").encode(), expected.encode()):
        raise Forged
    return form
