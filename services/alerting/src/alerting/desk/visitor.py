"""Who is at the desk: signing in with the passphrase, the session, and proof that a form is one of ours."""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from alerting.core.attempts import FailedAttempts
from alerting.request_body import read_body

SESSION_SECONDS = 12 * 3600
MOST_FIELDS = 20


@dataclass(frozen=True, slots=True)
class Access:
    """How people get in.

    Attributes:
        passphrase: None shuts the desk.
        secret: signs session cookies.
        public_url: the origin people see; a form sent from any other is refused.
        tenant: whose cases the desk shows.
    """

    passphrase: str | None
    secret: str
    public_url: str
    tenant: str

    @property
    def session_key(self) -> str:
        """Depends on the passphrase too: whoever changes it signs everybody out."""
        return hashlib.sha256(f"{self.secret}\0{self.passphrase}".encode()).hexdigest()


class Forged(Exception):
    """The form was not made by us for this visitor."""


def signed_in(request: Request) -> bool:
    return "name" in request.session


def from_elsewhere(request: Request) -> bool:
    """Whether another site sent the visitor: then the browser holds back the session cookie."""
    return request.headers.get("sec-fetch-site") == "cross-site"


def begin(request: Request) -> None:
    """Give the visitor a token that only our own pages can send back."""
    if "csrf" not in request.session:
        request.session["csrf"] = secrets.token_urlsafe(24)


def sign_in(request: Request, name: str) -> None:
    request.session.clear()
    request.session["name"] = name
    begin(request)


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
    token = request.session.get("csrf", "")
    if not token or not hmac.compare_digest(form.pop("csrf", "").encode(), token.encode()):
        raise Forged
    return form


class Door:
    """Checks the passphrase, ten wrong ones a minute and address at most."""

    def __init__(self, passphrase: str) -> None:
        self._expected = passphrase.encode()
        self._failures = FailedAttempts()

    def wait(self, request: Request) -> float:
        """Seconds until this visitor may try again."""
        return self._failures.wait(_address(request), time.monotonic())

    def opens(self, request: Request, passphrase: str) -> bool:
        right = hmac.compare_digest(self._expected, passphrase.encode())
        if not right:
            self._failures.failed(_address(request), time.monotonic())
        return right


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
