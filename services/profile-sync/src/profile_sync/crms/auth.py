"""How we get in: what goes into the headers, and how it is renewed when the CRM refuses it."""

from collections.abc import Mapping
from typing import Protocol

from pydantic import SecretStr

from profile_sync.core.replies import Reply


class Auth(Protocol):
    async def headers(self) -> Mapping[str, str] | Reply:
        """What to send; a Reply where no token could be got (the push ends with it)."""
        ...

    async def renew(self, refused: Mapping[str, str]) -> bool:
        """The CRM answered 401 to these headers. Whether there are others now, worth one more try.

        However many calls were refused at once, the token is renewed once.
        """
        ...


class Fixed:
    """Headers that stay as they are: no authentication, a bearer token, a key in a header of its own, basic."""

    def __init__(self, headers: Mapping[str, SecretStr] | None = None) -> None:
        self._headers = headers or {}

    @classmethod
    def bearer(cls, token: SecretStr) -> "Fixed":
        return cls({"Authorization": SecretStr(f"Bearer {token.get_secret_value()}")})

    async def headers(self) -> Mapping[str, str]:
        return {name: value.get_secret_value() for name, value in self._headers.items()}

    async def renew(self, refused: Mapping[str, str]) -> bool:
        return False
