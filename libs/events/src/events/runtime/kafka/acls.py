"""Access lists: every service may do in Kafka what `events.rights` says of it, and a broker refuses the rest."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import CreateAclsRequest, CreateAclsRequest_v1

from events.rights import Rights
from events.runtime.errors import Stuck, Unavailable
from events.runtime.kafka.access import KafkaAccess, connecting
from events.runtime.kafka.client import CALL_SECONDS

# The protocol's numbers. Reading or writing a topic includes describing it.
TOPIC, GROUP = 2, 3
READ, WRITE = 3, 4
LITERAL, ALLOW = 3, 3
ANY_HOST = "*"

Entry = tuple[int, str, int, str, str, int, int]
"""Resource type and name, pattern type, principal, host, operation, permission."""


def entries(rights: Rights) -> Iterator[Entry]:
    """The access list of one service, whose user has its name."""
    wanted = [(TOPIC, topic.name, READ) for topic in rights.reads]
    wanted += [(TOPIC, topic.name, WRITE) for topic in rights.writes]
    wanted += [(GROUP, rights.group, READ)] if rights.group else []
    for kind, name, operation in wanted:
        yield kind, name, LITERAL, f"User:{rights.service}", ANY_HOST, operation, ALLOW


async def grant(access: KafkaAccess, services: Iterable[Rights]) -> int:
    """Put their access lists on the brokers; what is there already stays. Returns how many entries they have.

    Raises:
        Unavailable: the broker did not answer within 10 s.
        Stuck: it refused, or keeps no access lists.
    """
    wanted = [entry for rights in services for entry in entries(rights)]
    admin = AIOKafkaAdminClient(**connecting(access), client_id="amends-acls", request_timeout_ms=10_000)
    try:
        async with asyncio.timeout(CALL_SECONDS):
            await admin.start()
            response = await admin._send_request(_Creating(wanted))
    except (KafkaError, TimeoutError, OSError) as error:
        raise Unavailable(f"kafka at {access}: {type(error).__name__}") from error
    finally:
        await admin.close()
    for code, message in response.creation_responses:
        if code:
            raise Stuck(f"the access lists were refused: {message or code}")
    return len(wanted)


class _Creating(CreateAclsRequest):  # type: ignore[misc]  # aiokafka has no types
    """aiokafka's own takes one entry."""

    def __init__(self, wanted: Sequence[Entry]) -> None:
        self._wanted = list(wanted)

    def build(self, request_struct_class: type[Any]) -> Any:
        if request_struct_class is not CreateAclsRequest_v1:
            raise Stuck("this broker is too old for access lists as they are set here")
        return request_struct_class(self._wanted)
