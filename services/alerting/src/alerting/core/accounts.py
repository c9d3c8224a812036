"""Who may do what at the desk, and what an account is called."""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

Role = Literal["specialist", "supervisor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do all that those before it may."""

Source = Literal["local", "oidc", "passphrase"]
"""How somebody proved who they are."""

Login = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._@+-]{0,79}$")]
"""What somebody signs in as, in lower case; an e-mail address will do."""


def may(role: Role, needed: Role) -> bool:
    return ROLES.index(role) >= ROLES.index(needed)


def role_of(groups: Iterable[str], roles: Mapping[str, Role]) -> Role | None:
    """The highest role that one of the groups gives; None where none of them gives any."""
    return max((roles[group] for group in groups if group in roles), key=ROLES.index, default=None)


def read_roles(text: str) -> dict[str, Role]:
    """Which group gives which role: ``desk=specialist leads=supervisor``, or a JSON object for groups with spaces.

    Raises ValueError, in words that repeat nothing of the text.
    """
    pairs = _object(text) if text.lstrip().startswith("{") else _list(text)
    if not pairs:
        raise ValueError("must name at least one group, such as desk=specialist")
    if not all(group and role in ROLES for group, role in pairs.items()):
        raise ValueError(f"must give each group one of the roles {', '.join(ROLES)}, such as desk=specialist")
    return pairs


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        raise ValueError("is not JSON, although it begins with {") from None
    return dict(found)


def _list(text: str) -> dict[str, Any]:
    pairs = [each.rpartition("=") for each in text.replace(",", " ").split()]
    return {group: role for group, _, role in pairs}
