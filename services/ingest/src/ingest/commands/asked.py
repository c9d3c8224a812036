"""Secrets on their way into the folder: given by the operator, or made here where the vendor takes ours."""

import base64
import getpass
import os
import secrets
import sys
from collections.abc import Iterable, Mapping

from pydantic import SecretStr

from ingest.commands.place import CommandError
from ingest.core.signatures import KeyForm, Signature
from ingest.core.signing_schemes import QUALTRICS, STANDARD_WEBHOOKS, TYPEFORM
from ingest.sources.secret_files import NoSecret, ReadSecret, SecretFiles, usable

OURS_TO_CHOOSE: frozenset[Signature] = frozenset({TYPEFORM, QUALTRICS, STANDARD_WEBHOOKS})
"""The schemes whose senders take the secret that we give them. All others show one of their own."""


def given(what: str) -> SecretStr:
    """One line of standard input; at a terminal asked for, and not shown. Raises CommandError."""
    try:
        return usable(getpass.getpass(f"{what}: ") if sys.stdin.isatty() else sys.stdin.readline())
    except EOFError as error:
        raise CommandError(f"no {what} was given") from error
    except NoSecret as error:
        raise CommandError(f"the {what} on standard input {error}") from error


def made(schemes: Iterable[Signature]) -> SecretStr | None:
    """A new secret of 256 bits, where the senders of all these schemes take ours."""
    known = list(schemes)
    if not known or not all(scheme in OURS_TO_CHOOSE for scheme in known):
        return None
    if any(scheme.key_form is KeyForm.WHSEC for scheme in known):
        return SecretStr("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
    return SecretStr(secrets.token_urlsafe(32))


def beside(pending: Mapping[str, SecretStr], kept: ReadSecret) -> ReadSecret:
    """Reads those that are about to be kept as if they were."""

    def read(name: str) -> SecretStr:
        return pending[name] if name in pending else kept(name)

    return read


def keep(files: SecretFiles, pending: Mapping[str, SecretStr]) -> list[str]:
    """Write each into a file of its own that only we may read. Returns the names of those that could not be written.

    Raises CommandError where there is such a file already: some other source may count on it.
    """
    return [name for name, secret in pending.items() if not _kept(files, name, secret)]


def _kept(files: SecretFiles, name: str, secret: SecretStr) -> bool:
    if files.folder is None:
        return False
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        with open(os.open(files.folder / name, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{secret.get_secret_value()}\n")
    except FileExistsError as error:
        raise CommandError(f"the folder of secrets has a file {name} already; nothing is changed") from error
    except OSError:
        return False
    return True
