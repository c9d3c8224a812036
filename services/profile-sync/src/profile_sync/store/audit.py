"""Who decided what. Rows are only ever added; a customer is named by digest, so that nothing is left to erase."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from events import codec
from profile_sync.core.preferences import Customer

_ADD = text(
    "INSERT INTO audit_entry (tenant, actor, action, subject, detail)"
    " VALUES (:tenant, :actor, :action, :subject, :detail)"
)


async def add(tx: AsyncConnection, tenant: str, actor: str, action: str, subject: str, detail: str) -> None:
    """``action``: such as ``note.accepted``; ``subject``: its kind and id; ``detail``: such as the API key's id."""
    values = {"actor": actor, "action": action, "subject": subject, "detail": detail}
    await tx.execute(_ADD, {"tenant": tenant, **values})


def subject(customer: Customer) -> str:
    return f"customer:{codec.key_of(*customer).hex()}"
