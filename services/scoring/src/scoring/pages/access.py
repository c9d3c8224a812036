"""Who may see the boards: a passphrase for people, a link for screens, and the cookie either is exchanged for."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

Role = Literal["person", "display"]
ROLES: tuple[Role, ...] = get_args(Role)

LIFETIMES: dict[Role, timedelta] = {"person": timedelta(hours=12), "display": timedelta(days=365)}


@dataclass(frozen=True, slots=True)
class Access:
    """How the boards are opened.

    Attributes:
        passphrase: None shuts the boards.
        secret: signs cookies and the link for screens.
        public_url: the origin people see.
        tenant: whose numbers the boards show.
    """

    passphrase: str | None
    secret: str
    public_url: str
    tenant: str

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https:")

    def opens(self, passphrase: str) -> bool:
        return self.passphrase is not None and hmac.compare_digest(self.passphrase.encode(), passphrase.encode())

    def issue(self, role: Role, now: datetime) -> str:
        """What a cookie holds: role, end and signature. Nothing about anybody."""
        claim = f"{role}.{int((now + LIFETIMES[role]).timestamp())}"
        return f"{claim}.{self._sign('cookie', claim)}"

    def role(self, cookie: str | None, now: datetime) -> Role | None:
        """Whom the cookie was issued to; None for one that is not ours, has ended, or came before a new passphrase."""
        claim, _, signature = (cookie or "").rpartition(".")
        if not hmac.compare_digest(self._sign("cookie", claim).encode(), signature.encode()):
            return None
        role, _, end = claim.partition(".")
        if datetime.fromtimestamp(int(end), UTC) <= now:
            return None
        return "display" if role == "display" else "person"

    @property
    def display_token(self) -> str:
        """What the link for screens carries: it lets in whoever has it, until the passphrase or secret changes."""
        return self._sign("display", "link")

    def is_display_token(self, token: str) -> bool:
        return hmac.compare_digest(self.display_token.encode(), token.encode())

    def _sign(self, purpose: str, text: str) -> str:
        """Depends on the passphrase too: whoever changes it shuts everybody out, screens included."""
        key = hashlib.sha256(f"{self.secret}\0{self.passphrase}\0{self.tenant}".encode()).digest()
        return hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()
