"""Getting into Kafka: plain for a broker of one's own, TLS, and who we are by certificate or by password."""

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import AuthenticationFailedError, KafkaConnectionError, KafkaError, SaslAuthenticationFailed
from aiokafka.protocol.metadata import MetadataRequest

from events.runtime.errors import Stuck
from events.runtime.kafka.renewing import Renewing, RenewingPassword


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """Where Kafka is and how one gets in.

    Attributes:
        servers: ``host:port``, several separated by commas.
        tls: encrypted, the broker's certificate checked against ``ca`` or, without one, the system's authorities.
        ca: PEM; implies ``tls``.
        certificate, key: PEM; who we are, to a broker that asks for certificates. Both or neither.
        username, password: who we are, to a broker that asks for ``mechanism``.
        password_file: where the password stands; by SCRAM it is read anew for each connection.
    """

    servers: str
    tls: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    username: str | None = None
    password: str | None = None
    mechanism: str = "SCRAM-SHA-512"
    password_file: Path | None = None

    def __repr__(self) -> str:
        return f"KafkaAccess({self.servers!r})"

    def __str__(self) -> str:
        return self.servers

    def arguments(self) -> dict[str, Any]:
        """What every client of aiokafka takes. Files are read now, and again for each connection. Raises Stuck where a
        certificate cannot be used."""
        secure = self.tls or self.ca is not None
        found: dict[str, Any] = {"bootstrap_servers": self.servers}
        found["security_protocol"] = ("SASL_" if self.username else "") + ("SSL" if secure else "PLAINTEXT")
        if secure:
            files = self.ca or self.certificate
            found["ssl_context"] = Renewing.of(self._context) if files else self._context()
        if self.username:
            password, file = self.password or "", self.password_file
            found |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": RenewingPassword.of(password, file) if file else password,
            }
        return found

    def _context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ca)
            if self.certificate is not None:
                context.load_cert_chain(self.certificate, self.key)
        except (ssl.SSLError, OSError) as error:
            raise Stuck(f"Kafka's certificates cannot be used: {type(error).__name__}") from error
        return context


Bootstrap = str | KafkaAccess
"""A plain address is one of a broker that asks nothing of anybody."""

KNOCK_SECONDS = 10.0


async def refusal(access: KafkaAccess) -> str | None:
    """Why none of the servers lets us in, in words for a person: clients of aiokafka keep it to themselves.

    None where one does, within ``KNOCK_SECONDS`` for each.
    """
    found = None
    for server in access.servers.split(","):
        found = await _knock(access, server.strip())
        if found is None:
            return None
    return found


async def _knock(access: KafkaAccess, server: str) -> str | None:
    arguments = access.arguments()
    del arguments["bootstrap_servers"]
    host, _, port = server.rpartition(":")
    connection = None
    try:
        async with asyncio.timeout(KNOCK_SECONDS):
            connection = await create_conn(host.strip("[]"), int(port), client_id="amends-knock", **arguments)
            await connection.send(MetadataRequest([]))  # the first that a server refuses which wanted a name
    except (AuthenticationFailedError, SaslAuthenticationFailed):
        return f"{server} does not know this KAFKA_USERNAME with this KAFKA_PASSWORD"
    except ssl.SSLCertVerificationError as error:
        return f"the certificate of {server} is not trusted: {error.verify_message} (KAFKA_CA_FILE)"
    except ssl.SSLError:
        return f"{server} does not speak TLS"
    except KafkaConnectionError:
        return f"{server} hangs up: it may want TLS (KAFKA_CA_FILE) or a KAFKA_USERNAME"
    except ValueError:
        return f"{server} is no host:port"
    except (KafkaError, OSError, TimeoutError) as error:
        return f"{server} does not answer ({type(error).__name__})"
    finally:
        if connection is not None:
            connection.close()
    return None


def connecting(bootstrap: Bootstrap) -> dict[str, Any]:
    """What every client of aiokafka takes to get there. Raises Stuck where a certificate cannot be used."""
    return (bootstrap if isinstance(bootstrap, KafkaAccess) else KafkaAccess(bootstrap)).arguments()
